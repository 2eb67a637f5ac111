using Npgsql;
using Xunit;
using ZeroGex.Storage;

namespace ZeroGex.Tests.Storage;

public sealed class DatabaseTests
{
    [Fact]
    public async Task What_the_connection_string_says_is_kept_and_the_rest_is_tuned()
    {
        await using var plain = Database.Open("Host=127.0.0.1;Database=x");
        await using var own = Database.Open("Host=127.0.0.1;Database=x;Read Buffer Size=9000;Max Auto Prepare=0;Application Name=mine");

        NpgsqlConnectionStringBuilder tuned = new(plain.ConnectionString), kept = new(own.ConnectionString);
        Assert.Equal((131_072, 64, "zerogex"), (tuned.ReadBufferSize, tuned.MaxAutoPrepare, tuned.ApplicationName));
        Assert.Equal((9_000, 0, "mine"), (kept.ReadBufferSize, kept.MaxAutoPrepare, kept.ApplicationName));
    }
}
