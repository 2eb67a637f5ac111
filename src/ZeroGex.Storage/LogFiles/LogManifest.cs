using System.Text.Json;
using ZeroGex.Contracts;

namespace ZeroGex.Storage.LogFiles;

/// <summary>What a log file holds: <c>manifest.json</c> in it.</summary>
public sealed record LogManifest
{
    /// <summary>The value of <see cref="Format"/>.</summary>
    public const string FormatName = "zerogex-log";

    /// <summary>The version that is written, and the newest that is read.</summary>
    public const int NewestVersion = 1;

    internal const string Entry = "manifest.json";

    static readonly JsonSerializerOptions Indented = new(ContractJson.Options) { WriteIndented = true };

    /// <summary>Always <see cref="FormatName"/>.</summary>
    public required string Format { get; init; }

    /// <summary>Of the format, not of the program.</summary>
    public required int Version { get; init; }

    /// <summary>The session date of every stream in the file.</summary>
    public required DateOnly Session { get; init; }

    /// <summary>The version of the program that wrote the file.</summary>
    public required string Engine { get; init; }

    /// <summary>Messages in all streams.</summary>
    public required long Events { get; init; }

    /// <summary>Uncompressed bytes of all stream entries.</summary>
    public required long Bytes { get; init; }

    /// <summary>Ordered by id.</summary>
    public required IReadOnlyList<LogFileStream> Streams { get; init; }

    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Indented);

    /// <exception cref="JsonException">It is not a manifest.</exception>
    /// <exception cref="LogFileException">It is one of a version that is not known here.</exception>
    internal static LogManifest Parse(ReadOnlyMemory<byte> json)
    {
        // Format and version first: a newer manifest may have members that mean nothing here.
        using (var document = JsonDocument.Parse(json))
        {
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out var format) || format.ValueKind != JsonValueKind.String || format.GetString() != FormatName)
                throw new LogFileException($"its manifest does not say that it is a {FormatName} file");
            if (!root.TryGetProperty("version", out var version) || !version.TryGetInt32(out int number) || number != NewestVersion)
                throw new LogFileException($"it is of format version {(version.ValueKind == JsonValueKind.Undefined ? "none" : version.GetRawText())}; this program reads version {NewestVersion}");
        }

        return JsonSerializer.Deserialize<LogManifest>(json.Span, ContractJson.Options) ?? throw new JsonException("The manifest is null.");
    }
}

/// <summary>One stream of a log file: the zip entry of the same name.</summary>
public sealed record LogFileStream
{
    /// <summary>The stream id, for example <c>trades/SPY/2026-01-16</c>.</summary>
    public required string Stream { get; init; }

    /// <summary>What its messages are; the first byte of each message is an index into this list.</summary>
    public required IReadOnlyList<LogFileType> Types { get; init; }

    /// <summary>Messages.</summary>
    public required long Events { get; init; }

    /// <summary>Uncompressed bytes of the entry.</summary>
    public required long Bytes { get; init; }

    /// <summary>The stamp of its first message.</summary>
    public required LogMark First { get; init; }

    /// <summary>The stamp of its last message.</summary>
    public required LogMark Last { get; init; }

    /// <summary>SHA-256 of the uncompressed entry, 64 lower-case hexadecimal digits.</summary>
    public required string Sha256 { get; init; }
}

/// <summary>What a message is and how it is encoded.</summary>
/// <param name="Alias">Its name in the event log.</param>
/// <param name="ContentType"><see cref="Wire.Json"/> or <see cref="Wire.Packed"/>.</param>
public sealed record LogFileType(string Alias, string ContentType);

/// <summary>A stamp whose stream is known.</summary>
public sealed record LogMark(long Run, long Sequence, DateTimeOffset AsOf)
{
    internal static LogMark Of(Stamp stamp) => new(stamp.Run, stamp.Sequence, stamp.AsOf);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"run {Run} #{Sequence}");
}
