namespace ZeroGex.Cli.Servers;

/// <summary>A server program that is not on this machine; the message holds the command that installs it.</summary>
public sealed class MissingServerException(string program, string package) : Exception(
    $"{program} is not installed. Install it with: sudo apt-get install -y --no-install-recommends {package}");

static class ServerBinary
{
    /// <summary>
    /// Looks in the given folders (the last version of <c>/*/</c> first), then on the search path. Unpacked packages
    /// (<c>dpkg -x</c>) in the <c>tools</c> folder beside the server's own are preferred: who put them there meant them.
    /// </summary>
    public static string Find(string program, string package, string folder, params string[] places)
    {
        string tools = Path.GetFullPath(Path.Combine(folder, "..", "tools"));
        string? path = places.Select(p => tools + p).Concat(places)
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
            .SelectMany(Expand).Select(p => Path.Combine(p, program)).FirstOrDefault(File.Exists);
        return path ?? throw new MissingServerException(program, package);
    }

    /// <summary>One <c>*</c> in a place stands for a version; the newest comes first.</summary>
    public static IEnumerable<string> Expand(string place)
    {
        int star = place.IndexOf("/*", StringComparison.Ordinal);
        if (star < 0) return [place];
        string parent = place[..star];
        return Directory.Exists(parent)
            ? Directory.GetDirectories(parent).OrderByDescending(Version).Select(d => d + place[(star + 2)..])
            : [];

        static double Version(string path) =>
            double.TryParse(Path.GetFileName(path), System.Globalization.CultureInfo.InvariantCulture, out double version) ? version : -1;
    }
}
