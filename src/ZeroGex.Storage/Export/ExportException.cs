namespace ZeroGex.Storage.Export;

/// <summary>What was asked for cannot be exported; the message says why.</summary>
public sealed class ExportException(string message) : Exception(message);
