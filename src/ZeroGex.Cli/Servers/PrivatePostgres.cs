using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace ZeroGex.Cli.Servers;

/// <summary>
/// A private PostgreSQL. The data stays between runs: the first start creates it, later ones open it, on whatever port is free.
/// </summary>
/// <remarks>
/// PostgreSQL refuses to run as root; then it runs as user <c>postgres</c>, and if that user cannot reach the folder (below
/// root's home, say) the data goes to <c>/var/tmp/zerogex-…</c> and a note in the folder says so.
/// No unix sockets: their paths may not exceed 107 bytes. Debian's postgresql.conf is not used; the defaults are PostgreSQL's.
/// </remarks>
public sealed class PrivatePostgres : PrivateServer
{
    const string User = "zerogex";

    static readonly string[] Places = ["/usr/lib/postgresql/*/bin"];

    readonly IReadOnlyList<string> _settings;
    readonly IReadOnlyList<string> _as;
    readonly string _account;
    string _binaries;
    string _base;

    PrivatePostgres(string folder, string database, IReadOnlyList<string> settings) : base(folder)
    {
        Database = database;
        _settings = settings;
        _base = Folder;
        _binaries = Path.GetDirectoryName(ServerBinary.Find("initdb", "postgresql", Folder, Places))!;
        bool hasAccount = File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal));
        _account = hasAccount ? "postgres" : "nobody";
        // Not runuser, which stays above the server as a process of its own and would catch its signals.
        _as = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid", _account, "--regid", hasAccount ? _account : "nogroup", "--init-groups"] : [];
    }

    /// <summary>The database that <see cref="ConnectionString"/> names.</summary>
    public string Database { get; }

    /// <summary>For Npgsql.</summary>
    public string ConnectionString => ConnectionStringTo(Database);

    public string UserName { get; } = User;

    public string Password { get; private set; } = "";

    /// <summary>Below <see cref="PrivateServer.Folder"/>, or elsewhere if the server's user cannot reach that.</summary>
    public string DataFolder => Path.Combine(_base, "data");

    private protected override string Name => "PostgreSQL";
    private protected override IReadOnlyCollection<string> ProcessNames => ["postgres"];
    private protected override IReadOnlyList<int> Ports => [Port];
    private protected override string WorkingFolder => DataFolder;
    private protected override int StopSignal => OwnProcess.Interrupt; // "Fast": ends sessions, writes a checkpoint.

    /// <param name="folder">Where the data is, or goes.</param>
    /// <param name="database">Created when it is missing.</param>
    /// <param name="settings"><c>name=value</c> as in postgresql.conf; tests may say <c>fsync=off</c>.</param>
    public static async Task<PrivatePostgres> StartAsync(
        string folder, string database = "zerogex", IReadOnlyList<string>? settings = null, CancellationToken cancel = default)
    {
        var server = new PrivatePostgres(folder, database, settings ?? []);
        await server.LocateAsync(cancel);
        await server.OpenAsync(cancel);
        try
        {
            await server.CreateDatabaseAsync(database, cancel);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public string ConnectionStringTo(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = Host,
        Port = Port,
        Username = User,
        Password = Password,
        Database = database,
        SslMode = SslMode.Disable,
    }.ConnectionString;

    /// <summary>Does nothing when it exists.</summary>
    public async Task CreateDatabaseAsync(string name, CancellationToken cancel = default)
    {
        await using var connection = await ConnectAsync(cancel);
        await using var exists = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection) { Parameters = { new() { Value = name } } };
        if (await exists.ExecuteScalarAsync(cancel) is not null) return;
        string quoted = new NpgsqlCommandBuilder().QuoteIdentifier(name);
        await using var create = connection.CreateCommand();
#pragma warning disable CA2100 // A database name cannot be a parameter; it is quoted.
        create.CommandText = $"create database {quoted}";
#pragma warning restore CA2100
        await create.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Finds the folder that the server's user can reach, and the programs that fit the data in it.</summary>
    async Task LocateAsync(CancellationToken cancel)
    {
        Directory.CreateDirectory(Folder);
        if (_as.Count > 0 && !await ReachesAsync(Folder, cancel)) _base = await ReachableFolderAsync(cancel);

        string version = Path.Combine(_base, "data", "PG_VERSION");
        if (!File.Exists(version)) return;
        string wanted = (await File.ReadAllTextAsync(version, cancel)).Trim();
        string tools = Path.GetFullPath(Path.Combine(Folder, "..", "tools"));
        _binaries = Places.Select(p => tools + p).Concat(Places).Select(p => p.Replace("*", wanted, StringComparison.Ordinal))
            .FirstOrDefault(p => File.Exists(Path.Combine(p, "postgres")))
            ?? throw new InvalidOperationException(
                $"The data in {_base}/data is of PostgreSQL {wanted}. Install it with: sudo apt-get install -y postgresql-{wanted}, or move the data away.");
    }

    async Task<bool> ReachesAsync(string folder, CancellationToken cancel)
    {
        try
        {
            await OwnProcess.RunAsync([.. _as, "test", "-x", folder], "/", cancel);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    async Task<string> ReachableFolderAsync(CancellationToken cancel)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Folder)))[..12];
        string folder = $"/var/tmp/zerogex-{hash}";
        if (!Directory.Exists(folder)) await OwnProcess.RunAsync(["install", "-d", "-m", "700", "-o", _account, folder], "/", cancel);
        // Everybody may write in /var/tmp: a folder that somebody else put there is not ours.
        string owner = (await OwnProcess.RunAsync(["stat", "-c", "%U %F", folder], "/", cancel)).Trim();
        if (owner != $"{_account} directory") throw new InvalidOperationException($"{folder} belongs to somebody else ({owner}): remove it.");
        await File.WriteAllTextAsync(
            Path.Combine(Folder, "data-is-elsewhere.txt"),
            $"User {_account}, as which PostgreSQL runs for root, cannot reach this folder. The data is in {folder}.\n", cancel);
        return folder;
    }

    private protected override async Task PrepareAsync(CancellationToken cancel)
    {
        string password = Path.Combine(_base, "password");
        bool isNew = !Directory.Exists(WorkingFolder);
        if (!isNew && !File.Exists(password)) throw new InvalidOperationException($"{password} is missing: without it {WorkingFolder} cannot be opened.");
        Password = Secret(password);
        if (!isNew)
        {
            DropForeignPidFile();
            return;
        }

        // Created under another name and renamed, so that an interrupted start leaves nothing that looks complete.
        string fresh = WorkingFolder + ".new";
        if (Directory.Exists(fresh)) Directory.Delete(fresh, recursive: true);
        Directory.CreateDirectory(fresh);
        if (_as.Count > 0) await OwnProcess.RunAsync(["chown", _account, fresh, password], "/", cancel);
        await OwnProcess.RunAsync(
            [
                .. _as, Path.Combine(_binaries, "initdb"), "-D", fresh, "-U", User, "-A", "scram-sha-256", $"--pwfile={password}",
                "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions",
            ],
            fresh, cancel);
        Directory.Move(fresh, WorkingFolder);
    }

    /// <summary>
    /// After a kill the pid file stays. PostgreSQL drops it itself, unless its number is now that of some other process of the same user:
    /// then it refuses to start. Our own orphans were stopped before, so such a process is not a server on this data.
    /// </summary>
    void DropForeignPidFile()
    {
        string file = Path.Combine(WorkingFolder, "postmaster.pid");
        if (!File.Exists(file)) return;
        bool isNumber = int.TryParse(File.ReadLines(file).FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out int pid);
        if (!isNumber || OwnProcess.Born(pid) is not null) File.Delete(file);
    }

    private protected override void ChoosePorts() => Port = LoopbackPorts.Next();

    private protected override (IReadOnlyList<string>, IReadOnlyDictionary<string, string>) Start()
    {
        string[] own =
        [
            string.Create(CultureInfo.InvariantCulture, $"port={Port}"), "listen_addresses=127.0.0.1", "unix_socket_directories=",
            "logging_collector=off", "log_destination=stderr",
        ];
        return (
            [.. _as, Path.Combine(_binaries, "postgres"), "-D", WorkingFolder, .. _settings.Concat(own).SelectMany(s => (string[])["-c", s])],
            new Dictionary<string, string> { ["HOME"] = WorkingFolder });
    }

    private protected override async Task<bool> AnswersAsync(CancellationToken cancel)
    {
        try
        {
            await using var connection = await ConnectAsync(cancel);
            await using var command = new NpgsqlCommand("select 1", connection);
            return await command.ExecuteScalarAsync(cancel) is 1;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancel)
    {
        var connection = new NpgsqlConnection(ConnectionStringTo("postgres") + ";Pooling=false;Timeout=5");
        try
        {
            await connection.OpenAsync(cancel);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
