namespace ZeroGex.Cli;

/// <summary>A file that appears under its name when it is complete. Until then, and when writing fails or is cancelled, what was there before stays.</summary>
static class NewFile
{
    /// <exception cref="SettingsException">It cannot be written there.</exception>
    public static async Task<T> WriteAsync<T>(string path, Func<Stream, Task<T>> write)
    {
        // In the same folder, for only there a move is one step.
        string part = $"{path}.{Environment.ProcessId}.part";
        try
        {
            T result;
            await using (var stream = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0))
            {
                result = await write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(part, path, overwrite: true);
            return result;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"{path} cannot be written: {error.Message}");
        }
        finally
        {
            if (File.Exists(part)) File.Delete(part);
        }
    }
}
