namespace ZeroGex.Storage.LogFiles;

/// <summary>A log file that is not what it says, or a log that contradicts it; the message says what and where.</summary>
public sealed class LogFileException(string message, Exception? inner = null) : Exception(message, inner);
