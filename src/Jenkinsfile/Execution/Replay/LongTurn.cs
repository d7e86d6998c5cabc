namespace Slipway.Jenkinsfile.Execution.Replay;

/// <summary>
/// Keeps a script that computes for long from holding up other runs. Its place in the code lies on its thread's stack, so the thread cannot be given away; instead the pool gets another one for
/// it, and of all scripts that compute for long only as many go on at a time as leave half of the processors to everybody else, in turns. One for each run; thread-safe where it says so.
/// </summary>
#pragma warning disable CA1001 // An event whose wait handle is never asked for holds nothing to give back.
internal sealed class LongTurn
#pragma warning restore CA1001
{
    private const long LongAfter = 100;
    private const long Slice = 50;

    private static readonly Lock Gate = new();
    private static readonly LinkedList<LongTurn> Queue = new();
    private static int _free = Math.Max(1, Environment.ProcessorCount / 2);
    private static int _spareThreads;
    private static int _ownThreads;

    private readonly ManualResetEventSlim _wake = new();
    private long _began;
    private long _sliceEnd;
    private bool _isLong;
    private bool _holdsPlace;
    private volatile bool _isWaiting;

    public void Begin()
    {
        _began = Environment.TickCount64;
        _isLong = false;
    }

    /// <summary>Whether the script has computed for so long that it is to look around; then it may wait here for its share.</summary>
    public bool TakeShare()
    {
        var now = Environment.TickCount64;
        if (now - _began < LongAfter)
        {
            return false;
        }

        if (!_isLong)
        {
            _isLong = true;
            AddThreads(1);
        }

        if (!_holdsPlace || now >= _sliceEnd)
        {
            AwaitPlace();
        }

        return true;
    }

    /// <summary>Something came that the script may have to see: it does not wait for its share any longer. Thread-safe.</summary>
    public void Wake()
    {
        if (_isWaiting)
        {
            _wake.Set();
        }
    }

    public void End()
    {
        if (_isLong)
        {
            _isLong = false;
            GiveUpPlace();
            AddThreads(-1);
        }
    }

    private void AwaitPlace()
    {
        lock (Gate)
        {
            if (_holdsPlace && Queue.Count == 0)
            {
                _sliceEnd = Environment.TickCount64 + Slice;
                return;
            }

            GiveUpPlace();
            _wake.Reset();
            _isWaiting = true;
            Queue.AddLast(this);
            HandOut();
        }

        // Not for ever: an arrival between the look at it and this wait must not be missed.
        _wake.Wait(TimeSpan.FromMilliseconds(500));
        lock (Gate)
        {
            _isWaiting = false;
            Queue.Remove(this);
        }
    }

    private void GiveUpPlace()
    {
        lock (Gate)
        {
            if (_holdsPlace)
            {
                _holdsPlace = false;
                _free++;
                HandOut();
            }
        }
    }

    private static void HandOut()
    {
        while (_free > 0 && Queue.First is { } first)
        {
            Queue.RemoveFirst();
            _free--;
            first.Value._holdsPlace = true;
            first.Value._sliceEnd = Environment.TickCount64 + Slice;
            first.Value._wake.Set();
        }
    }

    /// <summary>The pool starts threads above its minimum only one or two a second: too slow for those who wait behind this one.</summary>
    private static void AddThreads(int count)
    {
        lock (Gate)
        {
            ThreadPool.GetMinThreads(out var workers, out var io);
            if (_spareThreads == 0)
            {
                _ownThreads = workers;
            }

            _spareThreads += count;
            ThreadPool.SetMinThreads(_ownThreads + _spareThreads, io);
        }
    }
}
