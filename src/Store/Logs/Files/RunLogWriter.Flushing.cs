using Microsoft.Win32.SafeHandles;
using Slipway.Store.Files;

namespace Slipway.Store.Logs.Files;

/// <summary>The disk's side: what <see cref="LogFlusher"/> runs, one call at a time for each writer.</summary>
internal sealed partial class RunLogWriter
{
    private SafeFileHandle? _file;
    private string _path = "";
    private ChunkTally _tally = new();
    private int _number;
    private long _start;
    private long _newlinesBefore;
    private long _position;
    private LogTail _tail;

    /// <summary>Writes what waits, and makes it seen. Returns whether more waits already.</summary>
    public bool FlushOnce()
    {
        lock (_gate)
        {
            (_pending, _writing) = (_writing, _pending);
            _pending.Tail = _writing.Tail;
            AcceptHeld();
        }

        try
        {
            if (_writing.Length > 0)
            {
                if (_file is null || ((_tally.Length >= _logs.Options.LogChunkBytes || _tally.Count >= MostEntries) && _tally.OpenPiece is null))
                {
                    BeginChunk();
                }

                RandomAccess.Write(_file!, _writing.Bytes, _position);
                DurableFiles.Sync(_file!);
            }
        }
        catch (Exception failure)
        {
            Fault(DurableFiles.Translate(failure, $"The log of run {Run} cannot be written"));
            return false;
        }

        bool more;
        lock (_gate)
        {
            Publish();
            _writing.Complete();
            _writing.Clear();
            CountPending();
            more = _scheduled = _pending.Length > 0;
        }

        _room.Set();
        _logs.Signal(Run);
        return more;
    }

    private void AcceptHeld()
    {
        while (_pending.Length < _logs.PendingLimit && _held.TryDequeue(out var append))
        {
            try
            {
                append.Accepted.SetResult(Accept(append.Effect, append.FlowNode, append.Offset, append.Bytes.Span));
            }
            catch (LogGapException gap)
            {
                append.Accepted.SetException(gap);
            }
        }
    }

    private void Publish()
    {
        foreach (var (entry, newlines) in _writing.Entries)
        {
            _tally.Add(entry with { Start = _tally.Length, Position = _position + entry.Position }, newlines);
            if (entry.Kind == EntryKind.Agent)
            {
                _confirmed[entry.Source] = entry.SourceOffset + entry.Length;
            }
        }

        _position += _writing.Length;
        _tail = _writing.Tail;
        if (_writing.Length > 0)
        {
            _isComplete = _tally.IsComplete;
        }
    }

    /// <summary>A new frames file; the one before, if there is one, is left to be compressed.</summary>
    private void BeginChunk()
    {
        DurableFiles.CreateDirectory(_directory);
        var number = _file is null ? _number : _number + 1;
        var start = _start + _tally.Length;
        var newlines = _newlinesBefore + _tally.Newlines;
        var path = Path.Combine(_directory, LogFormat.FramesName(number));
        var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            var header = new byte[LogFormat.FileHeaderSize];
            LogFormat.WriteFileHeader(header, number, start, newlines);
            RandomAccess.Write(file, header, 0);
            DurableFiles.Sync(file);
            DurableFiles.SyncDirectory(_directory);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        var previous = _file;
        lock (_gate)
        {
            if (previous is not null)
            {
                _finished.Add(_tally.ToChunk(_path, _number, _start, _newlinesBefore));
            }

            (_file, _path, _number, _start, _newlinesBefore, _position, _tally) = (file, path, number, start, newlines, LogFormat.FileHeaderSize, new ChunkTally());
        }

        if (previous is not null)
        {
            previous.Dispose();
            _logs.Sealer.Add(Run, number - 1);
        }
    }

    /// <summary>The compressed form of a chunk takes the place of its frames.</summary>
    public void Replace(SealedChunk chunk)
    {
        lock (_gate)
        {
            if (chunk.Number < _finished.Count)
            {
                _finished[chunk.Number] = chunk;
            }
        }
    }

    private void Fault(Exception failure)
    {
        List<HeldAppend> held;
        lock (_gate)
        {
            _fault = failure;
            _scheduled = false;
            held = [.. _held];
            _held.Clear();
            _writing.Fail(Retold(failure));
            _pending.Fail(Retold(failure));
        }

        foreach (var append in held)
        {
            append.Accepted.SetException(Retold(failure));
        }

        _room.Set();
    }

    private void ContinueChunk(FramesScan last)
    {
        var chunk = last.Chunk;
        (_path, _number, _start, _newlinesBefore, _position) = (chunk.Path, chunk.Number, chunk.Start, chunk.NewlinesBefore, last.Position);
        _tally = last.Tally;
        _file = File.OpenHandle(chunk.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (RandomAccess.GetLength(_file) != last.Position)
        {
            RandomAccess.SetLength(_file, last.Position);
            DurableFiles.Sync(_file);
        }
    }
}
