using Xunit;
using ZeroGex.Storage;

namespace ZeroGex.IntegrationTests.Replay;

public sealed class TableDifferenceTests
{
    [Fact]
    public async Task Every_difference_is_counted_and_the_first_is_said_in_words()
    {
        await using var database = await TestDatabase.NewAsync(migrate: false);
        await database.ExecuteAsync("""
            create schema a; create schema b;
            create table a.t (k integer primary key, x double precision, model jsonb, created_at timestamptz default now());
            create table b.t (like a.t including all);
            insert into a.t (k, x, model) values (1, 0, '{"rate": 1, "engineVersion": "1"}'), (2, 0, null), (3, null, null), (4, 1.5, '{}');
            insert into b.t (k, x, model) values (1, 0, '{"rate": 1, "engineVersion": "2"}'), (2, '-0', null), (3, 1e-300, null), (5, 1, '{}')
            """);

        var difference = await FindAsync("true");
        Assert.Equal((1L, 2L, 1L, 1L), (difference.Equal, difference.Changed, difference.OnlyLeft, difference.OnlyRight));
        Assert.Equal("k 2: a zero has another sign", difference.First); // Which JSON cannot say.
        Assert.StartsWith("k 3: x is null in a, ", (await FindAsync("k > 2")).First, StringComparison.Ordinal);
        Assert.Equal("k 4: only in a", (await FindAsync("k > 3")).First);
        Assert.True((await FindAsync("k = 1")).IsNone);

        Task<TableDifference> FindAsync(string condition) => TableDifference.FindAsync(database.Source, "t", new("a", condition), new("b", condition), TestContext.Current.CancellationToken);
    }
}
