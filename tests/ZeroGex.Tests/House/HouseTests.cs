using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.House;

/// <summary>The house keeps its shape: references point inwards, cores stay pure, names are fixed.</summary>
public sealed partial class HouseTests
{
    // Per project: what it may reference, and the packages it may use (null: any).
    static readonly Dictionary<string, (string[] Projects, string[]? Packages)> Allowed = new()
    {
        ["ZeroGex.Contracts"] = ([], ["Google.Protobuf", "Grpc.Tools"]),
        ["ZeroGex.Analytics"] = (["ZeroGex.Contracts"], []),
        ["ZeroGex.Storage"] = (["ZeroGex.Contracts"], ["Npgsql"]),
        ["ZeroGex.Bus"] = (["ZeroGex.Contracts", "ZeroGex.Analytics", "ZeroGex.Storage"], null),
        ["ZeroGex.Web"] = (["ZeroGex.Contracts", "ZeroGex.Storage"], ["MassTransit", "MassTransit.RabbitMQ", "OpenTelemetry"]),
        ["ZeroGex.Cli"] = (["ZeroGex.Contracts", "ZeroGex.Analytics", "ZeroGex.Storage", "ZeroGex.Bus", "ZeroGex.Web"], null),
    };

    static readonly string[] Cores = ["src/ZeroGex.Analytics", "contracts/ZeroGex.Contracts"];

    [Fact]
    public void References_point_inwards()
    {
        var projects = Projects("contracts").Concat(Projects("src")).ToList();
        Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), projects.Select(Name).Order(StringComparer.Ordinal));
        foreach (string project in projects)
        {
            XDocument xml = XDocument.Load(project);
            var (references, packages) = Allowed[Name(project)];
            Assert.All(Included(xml, "ProjectReference").Select(path => Name(path.Replace('\\', '/'))),
                reference => Assert.True(references.Contains(reference), $"{Name(project)} must not reference {reference}."));
            if (packages is null) continue;
            Assert.All(Included(xml, "PackageReference"),
                package => Assert.True(packages.Contains(package), $"{Name(project)} must not use {package}."));
            Assert.All(Included(xml, "FrameworkReference"),
                framework => Assert.True(Name(project) == "ZeroGex.Web", $"{Name(project)} must not use {framework}."));
        }
    }

    [Fact]
    public void Production_code_does_not_reference_tests() =>
        Assert.All(Projects("contracts").Concat(Projects("src")), project =>
            Assert.DoesNotContain("tests", string.Join(' ', Included(XDocument.Load(project), "ProjectReference")), StringComparison.OrdinalIgnoreCase));

    [Fact]
    public void Packages_are_pinned_in_one_place() =>
        Assert.All(Projects("contracts").Concat(Projects("src")).Concat(Projects("tests")), project =>
            Assert.All(XDocument.Load(project).Descendants("PackageReference"), reference =>
                Assert.True(reference.Attribute("Version") is null, $"{project} pins {reference.Attribute("Include")?.Value} itself.")));

    [Fact]
    public void Cores_hold_no_clock_no_io_and_no_randomness()
    {
        var offences = Cores.SelectMany(core => Sources(core)).SelectMany(file =>
            Impure().Matches(WithoutComments(File.ReadAllText(file))).Select(match => $"{Relative(file)}: {match.Value}"));
        Assert.Empty(offences);
    }

    // The kernels that are hashed use no function whose last bit is the platform's own affair.
    [Fact]
    public void Kernels_leave_no_bit_to_the_platform()
    {
        var offences = Sources("src/ZeroGex.Analytics").SelectMany(file =>
            PlatformMath().Matches(WithoutComments(File.ReadAllText(file))).Select(match => $"{Relative(file)}: {match.Value}"));
        Assert.Empty(offences);
    }

    [Theory]
    [InlineData("var now = DateTimeOffset.UtcNow;", true)]
    [InlineData("var now = DateTime.Now;", true)]
    [InlineData("double x = Random.Shared.NextDouble();", true)]
    [InlineData("File.ReadAllText(path)", true)]
    [InlineData("await Task.Delay(1)", true)]
    [InlineData("double y = 1; // never DateTime.UtcNow", false)]
    [InlineData("/* File.Open */ int x;", false)]
    [InlineData("var profile = Profile.Of(x);", false)]
    [InlineData("TimeZoneInfo.FindSystemTimeZoneById(\"America/New_York\")", false)]
    public void Impurities_are_recognised(string code, bool isImpure) => Assert.Equal(isImpure, Impure().IsMatch(WithoutComments(code)));

    [Fact]
    public void Every_contract_and_alias_is_registered_once()
    {
        Assert.Equal(Contract.All.Count, Contract.All.Select(contract => contract.Alias).Distinct().Count());
        Assert.Equal(Contract.All.Count, Contract.All.Select(contract => contract.Type).Distinct().Count());
        var kinds = Contract.All.Where(contract => contract.Kind is not null).Select(contract => contract.Kind!).ToList();
        Assert.Equal(kinds.Count, kinds.Distinct().Count());
        Assert.All(Contract.All, contract =>
        {
            Assert.Equal(contract.Alias, SnakeCase().Replace(contract.Type.Name, "_$0").ToLowerInvariant());
            Assert.Equal(contract.Kind is not null, typeof(IMarketFact).IsAssignableFrom(contract.Type));
            Assert.Equal(contract.Kind is null, typeof(IMarketResult).IsAssignableFrom(contract.Type));
            Assert.True(contract.Type.IsSealed, $"{contract.Type} is not sealed.");
        });

        var facts = typeof(Contract).Assembly.GetExportedTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && typeof(IMarketFact).IsAssignableFrom(type));
        Assert.All(facts, fact => Assert.Contains(Contract.All, contract => contract.Type == fact));
    }

    // The project speaks only of itself: no path of a machine it was written on.
    [Fact]
    public void Nothing_names_a_machine_it_was_written_on()
    {
        string[] folders = ["contracts", "src", "tests", "ops", "docs", "samples"];
        var files = folders.SelectMany(folder => Files(folder, "*")).Concat(Directory.GetFiles(SharedFiles.Root))
            .Where(file => Text().IsMatch(file));
        var offences = files.SelectMany(file =>
            MachinePath().Matches(File.ReadAllText(file)).Select(match => $"{Relative(file)}: {match.Value}"));
        Assert.Empty(offences);
    }

    static IEnumerable<string> Projects(string folder) => Files(folder, "*.csproj");

    static IEnumerable<string> Sources(string folder) => Files(folder, "*.cs");

    static IEnumerable<string> Files(string folder, string pattern)
    {
        string path = Path.Combine(SharedFiles.Root, folder);
        return Directory.Exists(path)
            ? Directory.EnumerateFiles(path, pattern, SearchOption.AllDirectories).Where(file => !Built().IsMatch(Relative(file)))
            : [];
    }

    static string Relative(string file) => Path.GetRelativePath(SharedFiles.Root, file).Replace('\\', '/');

    static string Name(string project) => Path.GetFileNameWithoutExtension(project);

    static IEnumerable<string> Included(XDocument xml, string element) =>
        xml.Descendants(element).Select(reference => reference.Attribute("Include")!.Value);

    static string WithoutComments(string code) => Comments().Replace(code, " ");

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comments();

    [GeneratedRegex("""
        \bDateTime(Offset)?\.(Utc)?(Now|Today)\b|\bStopwatch\b|\bTimeProvider\b|\bEnvironment\.|\bFile(Stream|Info)?\b\s*[.(]|\bDirectory(Info)?\b\s*[.(]|
        \b(Random|RandomNumberGenerator)\b|\bGuid\.(NewGuid|CreateVersion7)\b|\bTask\.(Delay|Run)\b|\bThread(Pool)?\b|\bTimer\b|\bHttpClient\b|\bSocket\b|
        \bConsole\b|\bProcess\.|\bProcess\b\s*\(|\bStream(Reader|Writer)\b|\bParallel\.|\basync\b
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Impure();

    [GeneratedRegex(@"\bMath\.(Exp|Log|Log2|Log10|Pow|Sin|Cos|Tan|Sinh|Cosh|Tanh|Cbrt|Atan|Asin|Acos)\b|\bMathF\.|\bReciprocal\w*Estimate\b")]
    private static partial Regex PlatformMath();

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex SnakeCase();

    [GeneratedRegex(@"(^|/)(bin|obj|node_modules|\.zerogex)/")]
    private static partial Regex Built();

    [GeneratedRegex(@"\.(cs|csproj|props|md|json|ya?ml|proto|sql|py|sh|ts|html|css|conf|service|toml)$|/(Makefile|zerogex|\.env\.example|\.editorconfig|\.gitignore)$")]
    private static partial Regex Text();

    // Written so that this line does not find itself.
    [GeneratedRegex(@"(?<![\w.])/(work|root|home/\w+|Users/\w+)/[\w.]|[A-Z]:\\Users\\")]
    private static partial Regex MachinePath();
}
