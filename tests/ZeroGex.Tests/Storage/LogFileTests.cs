using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Contracts;
using ZeroGex.Storage;
using ZeroGex.Storage.LogFiles;

namespace ZeroGex.Tests.Storage;

public sealed class LogFileTests
{
    static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(100);

    // Fixed, so that a place in it means the same every time.
    static readonly RecordedMessage[] Messages = SomeLog.Make(seed: 7, count: 12, streams: 3);
    static readonly byte[] Whole = SomeLog.File(Messages);

    [Fact]
    public void What_is_written_is_read_back_and_written_again_to_the_same_bytes() => Prop.ForAll(SomeLog.Any, messages =>
    {
        byte[] bytes = SomeLog.File(messages);
        using var file = LogFileReader.Open(new MemoryStream(bytes));
        file.Verify(null, CancellationToken.None);
        RecordedMessage[] back = [.. file.Manifest.Streams.SelectMany(file.Read)];

        Assert.Equal(messages.Select(SomeLog.Text), back.Select(SomeLog.Text));
        Assert.Equal(bytes, SomeLog.File(back));
        Assert.Equal(messages.Length, file.Manifest.Events);
        Assert.Equal(messages.Select(message => message.Stamp.Stream).Distinct(), file.Manifest.Streams.Select(stream => stream.Stream));
    }).Check(Runs);

    // As the documents describe the format, with nothing of ours but their words.
    [Fact]
    public void A_stranger_reads_it_with_a_zip_library()
    {
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Whole.AsSpan(..^64))), Encoding.ASCII.GetString(Whole.AsSpan(^64..)));
        using ZipArchive zip = new(new MemoryStream(Whole));
        var manifest = JsonNode.Parse(Content(zip, "manifest.json"))!;
        Assert.Equal(("zerogex-log", 1, "2026-01-16", "1.2.3"), ((string)manifest["format"]!, (int)manifest["version"]!, (string)manifest["session"]!, (string)manifest["engine"]!));

        List<(string, string, string, string)> read = [];
        foreach (var stream in manifest["streams"]!.AsArray())
        {
            string id = (string)stream!["stream"]!;
            byte[] content = Content(zip, id);
            Assert.Equal((string)stream["sha256"]!, Convert.ToHexStringLower(SHA256.HashData(content)));
            Assert.Equal((long)stream["bytes"]!, content.Length);
            int count = 0;
            for (int at = 0; at < content.Length; count++)
            {
                var type = stream["types"]![content[at]]!;
                int length = BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(at + 1));
                read.Add((id, (string)type["alias"]!, (string)type["contentType"]!, Convert.ToHexString(content.AsSpan(at + 5, length))));
                at += 5 + length;
            }

            Assert.Equal((long)stream["events"]!, count);
        }

        Assert.Equal(Messages.Select(SomeLog.Text).Select(text => (text.Stamp.Stream, text.Alias, text.ContentType, text.Body)), read);
        Assert.All(zip.Entries, entry => Assert.Equal(new DateTime(2026, 1, 16), entry.LastWriteTime.DateTime)); // Not when it was written.
        Assert.Equal(Messages[0].Stamp.AsOf, (DateTimeOffset)manifest["streams"]![0]!["first"]!["asOf"]!);
    }

    [Fact]
    public void No_flipped_bit_is_overlooked()
    {
        for (int at = 0; at < Whole.Length; at++)
        {
            byte[] flipped = [.. Whole];
            flipped[at] ^= (byte)(1 << (at % 8));
            Assert.True(Refusal(flipped) is not null, $"The flipped byte at {at} of {Whole.Length} went unnoticed.");
        }
    }

    [Fact]
    public void No_cut_and_no_addition_is_overlooked()
    {
        for (int length = 0; length < Whole.Length; length++) Assert.True(Refusal(Whole[..length]) is not null, $"Only {length} of {Whole.Length} bytes went unnoticed.");
        Assert.NotNull(Refusal([.. Whole, 0]));
        Assert.NotNull(Refusal([0, .. Whole]));
    }

    // The seal is made anew in each: whatever is wrong must be found by looking at it.
    public static TheoryData<string, string> Forgeries => new()
    {
        { "drop a stream", "trades/R1/2026-01-16: the manifest names it, the file does not have it" },
        { "add a stream", "trades/X/2026-01-16: the file has it, the manifest does not name it" },
        { "add a stream twice", "trades/R1/2026-01-16: the file has it, the manifest does not name it" },
        { "no manifest", "it has no manifest.json" },
        { "another format", "does not say that it is a zerogex-log file" },
        { "newer version", "format version 2" },
        { "unknown member", "note" },
        { "another session", "is not of the session 2026-01-17" },
        { "total of messages", "its streams together 12" },
        { "total of bytes", "its streams together" },
        { "messages of a stream", "trades/R1/2026-01-16: the manifest says 5 messages, there are 4" },
        { "bytes of a stream", " bytes, there are " },
        { "first stamp", "trades/R1/2026-01-16: the manifest says that the first message is run 999 #" },
        { "last clock", "trades/R1/2026-01-16: the manifest says that the last message is run" },
        { "SHA-256", "trades/R1/2026-01-16: the manifest says SHA-256 00" },
        { "unknown alias", "trades/R1/2026-01-16: this version does not know the alias auctions_observed" },
        { "unknown content type", "trades/R1/2026-01-16: this version does not know the content type text/plain" },
        { "order of streams", "stands in the wrong place" },
        { "stream renamed", "quotes/ZZ/2026-01-16, message 1: its stamp names quotes/R0/2026-01-16" },
        { "type index", "trades/R1/2026-01-16, message 1: there is no type 77" },
        { "length beyond all", "trades/R1/2026-01-16, message 1: it claims to have 2130706433 bytes" },
        { "length beyond the end", "trades/R1/2026-01-16, message 1: the entry ends within it" },
        { "message twice", "trades/R1/2026-01-16, message 2: run" },
    };

    [Theory]
    [MemberData(nameof(Forgeries))]
    public void A_forgery_is_refused_with_its_place(string forgery, string expected)
    {
        const string id = "trades/R1/2026-01-16";
        string? refusal = Refusal(Forge((entries, manifest) =>
        {
            var stream = manifest["streams"]!.AsArray().Single(stream => (string)stream!["stream"]! == id)!;
            byte[] content = entries[id];
            switch (forgery)
            {
                case "drop a stream": entries.Remove(id); break;
                case "add a stream": entries["trades/X/2026-01-16"] = []; break;
                case "add a stream twice": entries[id + "*"] = content; break;
                case "no manifest": manifest["version"] = -1; break;
                case "another format": manifest["format"] = "zip"; break;
                case "newer version": manifest["version"] = 2; break;
                case "unknown member": manifest["note"] = 1; break;
                case "another session": manifest["session"] = "2026-01-17"; break;
                case "total of messages": manifest["events"] = 13; break;
                case "total of bytes": manifest["bytes"] = 1; break;
                case "messages of a stream":
                    stream["events"] = (int)stream["events"]! + 1;
                    manifest["events"] = 13;
                    break;
                case "bytes of a stream":
                    stream["bytes"] = (int)stream["bytes"]! + 1;
                    manifest["bytes"] = (int)manifest["bytes"]! + 1;
                    break;
                case "first stamp": stream["first"]!["run"] = 999; break;
                case "last clock": stream["last"]!["asOf"] = "2026-01-16T14:30:00Z"; break;
                case "SHA-256": stream["sha256"] = "00"; break;
                case "unknown alias": stream["types"]![0]!["alias"] = "auctions_observed"; break;
                case "unknown content type": stream["types"]![0]!["contentType"] = "text/plain"; break;
                case "order of streams": manifest["streams"] = new JsonArray([.. manifest["streams"]!.AsArray().Reverse().Select(node => node!.DeepClone())]); break;
                case "stream renamed":
                    var first = manifest["streams"]!.AsArray().Single(stream => (string)stream!["stream"]! == "quotes/R0/2026-01-16")!;
                    first["stream"] = "quotes/ZZ/2026-01-16";
                    entries["quotes/ZZ/2026-01-16"] = entries["quotes/R0/2026-01-16"];
                    entries.Remove("quotes/R0/2026-01-16");
                    break;
                case "type index": content[0] = 77; break;
                case "length beyond all": BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(1), 2_130_706_433); break;
                case "length beyond the end": BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(1), content.Length); break;
                case "message twice":
                    int one = 5 + BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(1));
                    Put(entries, manifest, stream, [.. content[..one], .. content]);
                    break;
                default: throw new ArgumentOutOfRangeException(nameof(forgery), forgery, null);
            }
        }));

        Assert.Contains(expected, refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void An_honest_forgery_is_read() => Assert.Null(Refusal(Forge((_, _) => { })));

    // Its stamp can be seen, the rest is no message: written all the same, and refused by whoever reads.
    [Fact]
    public void A_body_that_cannot_be_decoded_is_refused()
    {
        const string body = """{"stamp":{"stream":"trades/R1/2026-01-16","run":1,"sequence":1,"asOf":"2026-01-16T14:30:00Z"},"root":"R1","trades":7}""";
        var stamp = Wire.Peek(Wire.Json, Encoding.UTF8.GetBytes(body)).Stamp;
        string? refusal = Refusal(SomeLog.File([new(stamp, Contract.Of(typeof(TradesObserved)), Wire.Json, Encoding.UTF8.GetBytes(body))]));
        Assert.StartsWith("trades/R1/2026-01-16, run 1 #1: trades_observed: ", refusal, StringComparison.Ordinal);
        Assert.Contains("$.trades", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("trades/R1/2026-01-16", "state", "R1", "feed_state_changed is not of the kind trades")]
    [InlineData("trades/R1/2026-01-16", "trades", "R2", "it is of the root R2")]
    [InlineData("state/R1/2026-01-16", "trades", "R1", "trades_observed is not of the kind state")]
    [InlineData("state-gex-trades/R1/2026-01-16", "trades", "R1", "trades_observed is not of the kind state-gex-trades")]
    [InlineData("state-gex-trades/R1/2026-01-16", "state", "R1", null)]
    [InlineData("trades/R1/2026-01-16", "trades", "R1", null)]
    public void A_message_that_does_not_belong_to_its_stream_is_refused(string id, string kind, string root, string? expected)
    {
        Stamp stamp = new(id, 1, 1, new(2026, 1, 16, 14, 30, 0, TimeSpan.Zero));
        IMarketFact fact = kind == "state" ? new FeedStateChanged { Stamp = stamp, Root = root, Detail = "" } : new TradesObserved { Stamp = stamp, Root = root };
        string? refusal = Refusal(SomeLog.File([new(stamp, Contract.Of(fact.GetType()), Wire.Json, Wire.Encode(fact, Wire.Json))]));
        Assert.Equal(expected is null ? null : $"{id}, message 1: {expected}", refusal);
    }

    [Fact]
    public void A_writer_takes_no_disorder()
    {
        using LogFileWriter writer = new(new MemoryStream(), SomeLog.Session, "1.2.3");
        foreach (var message in Messages) writer.Add(message);

        Assert.Throws<ArgumentException>(() => writer.Add(Messages[^1]));
        Assert.Throws<ArgumentException>(() => writer.Add(Messages[0]));
        Assert.Throws<ArgumentException>(() => writer.Add(Messages[0] with { Stamp = Messages[0].Stamp with { Stream = "trades/Z/2026-01-17" } }));
    }

    // Null: the file is read without complaint.
    static string? Refusal(byte[] bytes)
    {
        try
        {
            using var file = LogFileReader.Open(new MemoryStream(bytes));
            file.Verify(null, CancellationToken.None);
            return null;
        }
        catch (LogFileException refused)
        {
            return refused.Message;
        }
    }

    static byte[] Forge(Action<Dictionary<string, byte[]>, JsonObject> change)
    {
        using ZipArchive original = new(new MemoryStream(Whole));
        var entries = original.Entries.Where(entry => entry.FullName != "manifest.json").ToDictionary(entry => entry.FullName, entry => Content(original, entry.FullName));
        var manifest = JsonNode.Parse(Content(original, "manifest.json"))!.AsObject();
        change(entries, manifest);

        using MemoryStream forged = new();
        using (ZipArchive zip = new(forged, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries) Write(name.TrimEnd('*'), content);
            if ((int)manifest["version"]! > 0) Write("manifest.json", Encoding.UTF8.GetBytes(manifest.ToJsonString()));
            zip.Comment = new('0', 64);

            void Write(string name, byte[] content)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(content);
            }
        }

        byte[] bytes = forged.ToArray();
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(..^64)))).CopyTo(bytes, bytes.Length - 64);
        return bytes;
    }

    // New content of a stream, and the manifest agrees with it: only its meaning is wrong.
    static void Put(Dictionary<string, byte[]> entries, JsonObject manifest, JsonNode stream, byte[] content)
    {
        entries[(string)stream["stream"]!] = content;
        manifest["bytes"] = (long)manifest["bytes"]! - (long)stream["bytes"]! + content.Length;
        stream["bytes"] = content.Length;
        stream["sha256"] = Convert.ToHexStringLower(SHA256.HashData(content));
    }

    static byte[] Content(ZipArchive zip, string name)
    {
        using MemoryStream content = new();
        using (var entry = zip.GetEntry(name)!.Open()) entry.CopyTo(content);
        return content.ToArray();
    }
}
