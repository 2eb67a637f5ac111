using System.Net;
using System.Net.Sockets;

namespace ZeroGex.Cli.Servers;

/// <summary>
/// Ports for private servers: 20000 to 32000, below the range from which the system hands out ports to clients,
/// so that a port that was free a moment ago is not taken by somebody's outgoing connection.
/// </summary>
public static class LoopbackPorts
{
    const int Lowest = 20_000;
    const int Highest = 32_000;

    static readonly HashSet<int> Given = [];

    /// <summary>A port nobody listens on, different from every port this process asked for before.</summary>
    public static int Next()
    {
        lock (Given)
        {
            for (int attempt = 0; attempt < 1_000; attempt++)
            {
                int port = Random.Shared.Next(Lowest, Highest);
                if (!Given.Contains(port) && IsFree(port) && Given.Add(port)) return port;
            }

            throw new InvalidOperationException($"No free port between {Lowest} and {Highest} on 127.0.0.1.");
        }
    }

    public static bool IsFree(int port)
    {
        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, port);
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
