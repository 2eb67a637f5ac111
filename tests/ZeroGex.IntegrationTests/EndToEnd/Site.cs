using System.Diagnostics;
using System.Globalization;
using System.Text;
using Npgsql;
using Xunit;
using ZeroGex.Analytics.Streams;
using ZeroGex.Cli.Servers;
using ZeroGex.Storage;

namespace ZeroGex.IntegrationTests.EndToEnd;

/// <summary>Where one system runs: its servers, its processes, and a home for each of them that a restart finds again.</summary>
sealed class Site : IAsyncDisposable
{
    /// <summary>One process a role, as in the distributed layout, but for <c>folds</c>, which runs several; <c>feed</c> is started by itself.</summary>
    public static readonly string[] Consumers = ["recorder", "gex", "folds", "tables", "redis"];

    static readonly string[] OtherFolds = [Folds.Bars.Name, Folds.Flow.Name];

    static readonly TableShape[] AllTables = [.. Storage.Tables.All.Where(table => !table.IsNewestOnly)];

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    static readonly TimeSpan CompletionPatience = TimeSpan.FromSeconds(20);
    static readonly TimeSpan ExitPatience = TimeSpan.FromSeconds(20);

    readonly string _home = Servers.NewFolder("site");
    readonly Dictionary<string, string> _environment = [];
    readonly Dictionary<string, (ZeroGexProcess Process, string[] Arguments)> _running = [];
    readonly List<ZeroGexProcess> _all = [];
    Uri? _rabbit;

    Site(string connection)
    {
        var database = new NpgsqlConnectionStringBuilder(connection);
        Set("DB_HOST", database.Host!);
        Set("DB_PORT", database.Port.ToString(CultureInfo.InvariantCulture));
        Set("DB_NAME", database.Database!);
        Set("DB_USER", database.Username!);
        Set("DB_PASSWORD", database.Password ?? "");
        Database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection) { Timeout = 5 }.ConnectionString);
    }

    public NpgsqlDataSource Database { get; }

    /// <summary>The tables of its folds. Of those that keep the newest rows alone nobody can tell that they are the last.</summary>
    public IReadOnlyList<TableShape> Tables { get; private set; } = AllTables;

    public IReadOnlyDictionary<string, (ZeroGexProcess Process, string[] Arguments)> Running => _running;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Without any server.</summary>
    public static Site Nowhere() => new("Host=127.0.0.1;Port=1");

    /// <summary>Everything in one process, on a database of its own.</summary>
    public static async Task<Site> EmbeddedAsync(string? connection = null) => new(connection ?? await Servers.NewDatabaseAsync());

    /// <summary>A process a role, on a virtual host and a database of its own, or on servers to kill.</summary>
    public static async Task<Site> DistributedAsync(string? connection = null, Uri? rabbit = null)
    {
        rabbit ??= await Servers.NewVirtualHostAsync();
        string[] user = rabbit.UserInfo.Split(':');
        var site = await EmbeddedAsync(connection);
        site._rabbit = rabbit;
        site.Tables = [Storage.Tables.LegacyGex, Storage.Tables.TradedGex, Storage.Tables.UnderlyingQuotes, Storage.Tables.FlowMinutes, Storage.Tables.FlowSeconds, Storage.Tables.FlowSmartMoney];
        site.Set("RABBITMQ_HOST", rabbit.Host);
        site.Set("RABBITMQ_PORT", rabbit.Port.ToString(CultureInfo.InvariantCulture));
        site.Set("RABBITMQ_USER", Uri.UnescapeDataString(user[0]));
        site.Set("RABBITMQ_PASSWORD", Uri.UnescapeDataString(user[1]));
        site.Set("RABBITMQ_VHOST", Uri.UnescapeDataString(rabbit.AbsolutePath[1..]));
        return site;
    }

    public void Set(string key, string value) => _environment[key] = value;

    public void UseRedis(PrivateRedis redis)
    {
        Set("REDIS_HOST", redis.Host);
        Set("REDIS_PORT", redis.Port.ToString(CultureInfo.InvariantCulture));
        Set("REDIS_PASSWORD", redis.Password);
    }

    /// <summary>Starts <c>zerogex run --role ROLE</c>; a role has one process and one home.</summary>
    public ZeroGexProcess Start(string role, params string[] arguments) => StartAs(role, ["run", "--role", .. role == "folds" ? OtherFolds : [role], .. arguments]);

    /// <summary>Starts any command under a name of its own, with the home of that name.</summary>
    public ZeroGexProcess StartAs(string name, params string[] arguments)
    {
        var process = ZeroGexProcess.Start(name, new Dictionary<string, string>(_environment) { ["ZEROGEX_HOME"] = Path.Combine(_home, name) }, arguments);
        _running[name] = (process, arguments);
        _all.Add(process);
        return process;
    }

    public void StartConsumers()
    {
        foreach (string role in Consumers) Start(role);
    }

    /// <summary>Every fold there is, in a few processes: for what does not ask whose process it was.</summary>
    public void StartAllFolds()
    {
        Tables = AllTables;
        Start("recorder");
        StartAs("every fold", ["run", "--role", .. Folds.All.Select(fold => fold.Name)]);
        StartAs("outputs", "run", "--role", "tables", "redis");
    }

    /// <summary>Runs a command that ends by itself, and with this code.</summary>
    /// <returns>What it said.</returns>
    public async Task<string> RunAsync(int expectedCode, params string[] arguments)
    {
        await using var process = ZeroGexProcess.Start("command", new Dictionary<string, string>(_environment) { ["ZEROGEX_HOME"] = Path.Combine(_home, "command") }, arguments);
        int? code = await process.ExitAsync(Patience);
        Assert.True(code == expectedCode, $"'{string.Join(' ', arguments)}' {(code is null ? "still runs" : $"ended with {code}")}.\n{process.Output}");
        return process.Output;
    }

    /// <summary><c>kill -9</c>, and the same again at once.</summary>
    public async Task<ZeroGexProcess> KillAndRestartAsync(string name)
    {
        var (process, arguments) = _running[name];
        await process.KillAsync();
        return StartAs(name, arguments);
    }

    /// <summary>Waits until the named process has ended by itself, and well.</summary>
    public async Task ExitsWellAsync(string name)
    {
        int? code = await _running[name].Process.ExitAsync(Patience);
        Assert.True(code == 0, $"{name} {(code is null ? "still runs" : $"ended with {code}")}.\n{Outputs}");
        _running.Remove(name);
    }

    /// <summary>Ctrl-C to everything that runs; each has to end with 0 in less than twenty seconds.</summary>
    public async Task StopAsync()
    {
        foreach (var (process, _) in _running.Values) process.PressControlC();
        foreach (string name in _running.Keys.ToArray())
        {
            int? code = await _running[name].Process.ExitAsync(ExitPatience);
            Assert.True(code == 0, $"{name} {(code is null ? $"still runs {ExitPatience} after Ctrl-C" : $"ended with {code}")}.\n{Outputs}");
            _running.Remove(name);
        }
    }

    /// <summary>Waits for a condition. An unreachable database is no condition met; a process that ended badly is the end.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition, Func<string> what)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if (await condition()) return;
            }
            catch (NpgsqlException)
            {
                // Not migrated yet, or being restarted.
            }

            if (_running.Values.FirstOrDefault(entry => entry.Process.HasExited && entry.Process.ExitCode != 0).Process is { } dead)
                Assert.Fail($"{dead.Name} ended with {dead.ExitCode} while waiting for {what()}.\n{Outputs}");
            if (clock.Elapsed > Patience) Assert.Fail($"Waited {Patience.TotalSeconds} s for {what()}.\n{Outputs}");
            await Task.Delay(50, Cancel);
        }
    }

    public Task UntilAsync(Func<bool> condition, Func<string> what) => UntilAsync(() => Task.FromResult(condition()), what);

    /// <summary>Waits until tables and log have as much as they should; what they have is compared afterwards, when nothing writes any more.</summary>
    public async Task UntilAsMuchAsAsync(Recording expected)
    {
        string lacking = "rows";
        string[] behind = [];
        await UntilAsync(async () =>
        {
            var ends = await Recording.EndsAsync(Database, Cancel);
            behind = [.. expected.Ends.Where(end => ends.GetValueOrDefault(end.Key) < end.Value).Select(end => end.Key)];
            if (behind.Length > 0) return false;
            foreach (string table in Tables.Select(table => table.Name))
            {
                long there = await CountAsync($"select count(*) from {table}");
                int rows = expected.Tables[table].Count;
                if (there >= rows) continue;
                lacking = $"{rows} rows of {table}, {there} are there";
                return false;
            }

            return true;
        }, () => behind.Length > 0 ? $"streams to be recorded to their end: {string.Join(", ", behind)}" : lacking);

        // A row may still lack what another fold adds to it. What is wrong to the end is shown by the comparison.
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < CompletionPatience && !await expected.HasSameTablesAsync(this, Cancel)) await Task.Delay(250, Cancel);
    }

    /// <summary>Messages recorded.</summary>
    public Task<long> EventsAsync() => CountAsync("select coalesce(sum(version), 0)::bigint from mt_streams");

    public async Task<long> CountAsync(string sql)
    {
#pragma warning disable CA2100 // The statements are those of the tests.
        await using var command = Database.CreateCommand(sql);
#pragma warning restore CA2100
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }

    /// <summary>Everything that every process has said, also those that were killed.</summary>
    public string Outputs
    {
        get
        {
            var text = new StringBuilder();
            foreach (var process in _all)
            {
                string[] lines = process.Output.Split('\n');
                string shown = string.Join('\n', lines.Length <= 60 ? lines : [.. lines[..20], $"... {lines.Length - 60} lines ...", .. lines[^40..]]);
                text.Append(CultureInfo.InvariantCulture, $"--- {process.Name}, pid {process.Pid}, {(process.HasExited ? $"ended with {process.ExitCode}" : "running")}\n{shown}\n");
            }

            return text.ToString();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _all) await process.DisposeAsync();
        await Database.DisposeAsync();
        if (_rabbit is not null) await Servers.DropVirtualHostAsync(_rabbit);
    }
}
