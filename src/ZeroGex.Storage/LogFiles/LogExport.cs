namespace ZeroGex.Storage.LogFiles;

/// <summary>A session of the log into one file that another machine can replay.</summary>
public static class LogExport
{
    /// <summary>Writes every message of these streams. The file appears under its name when it is whole, and not before.</summary>
    /// <param name="streams">All of one session date.</param>
    /// <param name="path">A partial file of the same name and <c>.part</c> stands beside it meanwhile.</param>
    /// <param name="overwrite">True: a file of that name is replaced.</param>
    /// <param name="engine">The version of this program, for the manifest.</param>
    /// <param name="events">Told the messages written so far.</param>
    /// <exception cref="IOException">The file exists, or cannot be written.</exception>
    /// <exception cref="CorruptEventException">An event has no stamp, or where <see cref="EventLog.ThrowOnUnknown"/> is set an alias that this version does not know; there is no file then.</exception>
    /// <exception cref="LogFileException">An event is missing, or its stamp is out of order; there is no file then.</exception>
    public static async Task<LogManifest> WriteAsync(
        EventLog log, DateOnly session, IEnumerable<LogStream> streams, string path, bool overwrite, string engine, IProgress<long>? events, CancellationToken cancel)
    {
        if (!overwrite && File.Exists(path)) throw new IOException($"{path} exists.");
        string partial = path + ".part";
        FileStream file = new(partial, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 128 << 10); // Not in the try: where another export is at it, its file stays.
        try
        {
            LogManifest manifest;
            await using (file)
            {
                using LogFileWriter writer = new(file, session, engine);
                long count = 0;
                foreach (var stream in streams.OrderBy(stream => stream.Stream, StringComparer.Ordinal))
                {
                    long before = count;
                    await foreach (var message in log.ReadRecordedAsync(stream.Stream, default, null, cancel))
                    {
                        Add(writer, stream.Stream, message);
                        count++;
                        events?.Report(count);
                    }

                    // A live stream may have grown since it was listed.
                    if (count - before < stream.Events) throw new LogFileException($"{stream.Stream}: the log says {stream.Events} events, there are {count - before}");
                }

                manifest = writer.Complete();
                file.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite);
            return manifest;
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    static void Add(LogFileWriter writer, string stream, RecordedMessage message)
    {
        if (message.Stamp.Stream != stream) throw new LogFileException($"{stream}: one of its events is stamped for {message.Stamp.Stream}");
        try
        {
            writer.Add(message);
        }
        catch (ArgumentException disorder)
        {
            throw new LogFileException($"{stream}: {disorder.Message}", disorder);
        }
    }
}
