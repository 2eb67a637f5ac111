namespace ZeroGex.Bus.Feeds;

/// <summary>The lines of a file as bytes, with their places, in constant memory however long the file or a line is.</summary>
/// <param name="stream">Positioned at the start of a line; disposed with this.</param>
/// <param name="offset">The stream's position in bytes.</param>
/// <param name="line">Lines before that position.</param>
sealed class NdjsonLines(Stream stream, long offset, long line) : IDisposable
{
    const int LongestLine = 1 << 20;

    byte[] _buffer = new byte[1 << 16];
    int _start, _end;
    bool _ended;

    /// <summary>The line read last, without its line feed; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Current { get; private set; }

    /// <summary>True when the line read last was longer than 1 MB and is not in <see cref="Current"/>.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Where the next line starts, in bytes from the file's beginning.</summary>
    public long Offset { get; private set; } = offset;

    /// <summary>Number of the line read last, from 1.</summary>
    public long Line { get; private set; } = line;

    /// <summary>Reads on; false at the end of the file.</summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancel)
    {
        IsTooLong = false;
        int scanned = _start;
        while (true)
        {
            int feed = _buffer.AsSpan(scanned, _end - scanned).IndexOf((byte)'\n');
            if (feed >= 0) return Take(scanned + feed, skip: 1);
            if (_ended) return (_start < _end || IsTooLong) && Take(_end, skip: 0);

            MakeRoom();
            scanned = _end;
            int read = await stream.ReadAsync(_buffer.AsMemory(_end), cancel);
            if (read == 0) _ended = true;
            _end += read;
        }
    }

    public void Dispose() => stream.Dispose();

    bool Take(int end, int skip)
    {
        IsTooLong |= end - _start > LongestLine;
        Current = IsTooLong ? default : _buffer.AsMemory(_start, end - _start);
        Offset += end + skip - _start;
        Line++;
        _start = end + skip;
        return true;
    }

    void MakeRoom()
    {
        if (IsTooLong || _end - _start > LongestLine)
        {
            IsTooLong = true;
            Offset += _end - _start;
            _start = _end = 0;
        }
        else if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
    }
}
