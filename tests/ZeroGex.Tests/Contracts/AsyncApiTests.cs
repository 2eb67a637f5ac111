using System.Text.RegularExpressions;
using Xunit;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Contracts;

public sealed partial class AsyncApiTests
{
    static readonly string Text = File.ReadAllText(Path.Combine(ReleasedFiles.Folder, "asyncapi.yaml"));

    [Fact]
    public void Asyncapi_lists_exactly_the_registered_messages() =>
        Assert.Equal(Contract.All.Select(contract => contract.Alias).Order(), Keys("messages"));

    [Fact]
    public void Asyncapi_has_a_channel_for_every_registered_message_and_no_other()
    {
        Assert.Equal(Contract.All.Select(contract => contract.Alias).Order(), Keys("channels"));
        Assert.Equal(Contract.All.Select(contract => $"receive_{contract.Alias}").Order(), Keys("operations"));
        foreach (var contract in Contract.All)
            Assert.Contains($"address: {contract.Type.Namespace}:{contract.Type.Name}\n", Text);
    }

    [Fact]
    public void Every_file_that_asyncapi_points_to_exists()
    {
        var files = Reference().Matches(Text).Select(match => match.Groups[1].Value).ToList();
        Assert.True(files.Count >= Contract.All.Count);
        foreach (string file in files) Assert.True(File.Exists(Path.Combine(ReleasedFiles.Folder, file)), file);
    }

    [Fact]
    public void Asyncapi_names_the_packed_encoding_where_there_is_one()
    {
        foreach (var contract in Contract.All)
            Assert.Equal(Wire.Preferred(contract.Type), ContentType().Match(Message(contract.Alias)).Groups[1].Value);
    }

    // Keys one level below a section; the file is ours and indents by two.
    static IEnumerable<string> Keys(string section)
    {
        var heading = new Regex($@"^( *){section}:\n((?:\1  .*\n|\n)+)", RegexOptions.Multiline);
        var match = heading.Matches(Text).First(found => section != "messages" || found.Groups[1].Length == 2);
        string indent = match.Groups[1].Value + "  ";
        return match.Groups[2].Value.Split('\n')
            .Where(line => line.StartsWith(indent, StringComparison.Ordinal) && line.Length > indent.Length && line[indent.Length] is not (' ' or '#'))
            .Select(line => line.Trim().TrimEnd(':')).Order();
    }

    static string Message(string alias) =>
        new Regex($@"^    {alias}:\n((?:      .*\n)+)", RegexOptions.Multiline).Match(Text).Groups[1].Value;

    [GeneratedRegex(@"\$ref: '?\./([^'#\s]+)")]
    private static partial Regex Reference();

    [GeneratedRegex(@"contentType: (\S+)")]
    private static partial Regex ContentType();
}
