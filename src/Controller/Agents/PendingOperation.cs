using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Slipway.Model.Operations;
using Slipway.Protocol;

namespace Slipway.Controller.Agents;

/// <summary>
/// An operation whose result is waited for. For each connection of its agent a pump asks for the output from where the sink stands, and takes it into the sink in order:
/// what arrives twice is dropped, what is missing is asked for again. Thread-safe.
/// </summary>
internal sealed class PendingOperation(AgentWork work, AgentNodeContext context) : IDisposable
{
    private static readonly TimeSpan SinkRetry = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource<OperationResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly OperationCancelled _givenUp = new();
    private readonly SemaphoreSlim _transfer = new(1, 1);
    private readonly Lock _lock = new();
    private Pump? _pump;
    private ITimer? _cancelDeadline;
    private CancellationTokenSource? _transferCancellation;
    private bool _isCancelled;
    private bool _wasSent;

    public AgentWork Work => work;

    public Task<OperationResult> Completion => _completion.Task;

    /// <summary>It was called cancelled because the agent did not say anything in time. Told by the result itself, so that whoever sees the end sees this too.</summary>
    public bool WasGivenUp => Completion.IsCompletedSuccessfully && ReferenceEquals(Completion.Result, _givenUp);

    public bool Complete(OperationResult result) => _completion.TrySetResult(result);

    /// <summary>Whoever waited has gone, and will ask again with a sink of its own.</summary>
    public void LetGo(CancellationToken token) => _completion.TrySetCanceled(token);

    public void Abandon() => _completion.TrySetException(new ObjectDisposedException(nameof(AgentHub), "The controller is stopping; the operation goes on at its agent."));

    public void Attach(AgentSession session)
    {
        lock (_lock)
        {
            _wasSent = true;
            var earlier = _pump;
            earlier?.Stop();
            _pump = new Pump(this, session, earlier?.Completion ?? Task.CompletedTask);
            if (_isCancelled)
            {
                StartCancelDeadline(context.Options.CancelGrace + (2 * context.Options.CancelMargin));
            }
        }
    }

    public void Detach(AgentSession session)
    {
        lock (_lock)
        {
            if (_pump?.Session == session)
            {
                _pump.Stop();
            }
        }
    }

    public void Cancel()
    {
        lock (_lock)
        {
            if (_isCancelled)
            {
                return;
            }

            _isCancelled = true;
            if (!_wasSent)
            {
                // It never left: nothing has to be ended.
                _completion.TrySetResult(new OperationCancelled());
                return;
            }

            var isConnected = _pump is { IsStopped: false };
            if (isConnected)
            {
                _pump!.Session.Send(new CancelOperation(work.OperationId));
            }

            StartCancelDeadline(isConnected ? context.Options.CancelGrace + (2 * context.Options.CancelMargin) : context.Options.CancelMargin);
        }
    }

    public void Receive(AgentSession session, AgentIntake.Output output)
    {
        lock (_lock)
        {
            if (_pump?.Session != session || !_pump.TryAdd(output))
            {
                output.Dispose();
            }
        }
    }

    public void Report(AgentSession session, OperationReport report)
    {
        lock (_lock)
        {
            if (_pump?.Session == session)
            {
                _pump.TryAdd(new AgentIntake.Message(report));
            }
        }
    }

    /// <summary>Makes this transfer the only one of the operation: an earlier one, whose connection may be dead without our knowing, is ended first.</summary>
    public async Task RunTransferAsync(Func<CancellationToken, Task> transfer, CancellationToken cancellation)
    {
        using var own = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Interlocked.Exchange(ref _transferCancellation, own)?.Cancel();
        await _transfer.WaitAsync(own.Token);
        try
        {
            await transfer(own.Token);
        }
        finally
        {
            Interlocked.CompareExchange(ref _transferCancellation, null, own);
            _transfer.Release();
        }
    }

    private void StartCancelDeadline(TimeSpan time)
    {
        _cancelDeadline?.Dispose();
        _cancelDeadline = context.Time.CreateTimer(_ => GiveUp(), null, time, Timeout.InfiniteTimeSpan);
    }

    private void GiveUp()
    {
        if (_completion.TrySetResult(_givenUp))
        {
            context.Logger.LogWarning("Operation {Operation} on {Node} was cancelled, and its agent did not confirm that in time.", work.OperationId, work.NodeName);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _pump?.Stop();
            _cancelDeadline?.Dispose();
        }
    }

    /// <summary>One connection's intake for the operation.</summary>
    private sealed class Pump
    {
        private readonly PendingOperation _owner;
        private readonly Channel<AgentIntake> _intake = Channel.CreateUnbounded<AgentIntake>(new UnboundedChannelOptions { SingleReader = true });
        private readonly CancellationTokenSource _stop;
        private readonly OutputRate _rate;
        private int _isWide;
        private long _mostQueued;
        private long _queued;
        private long _appended;
        private long _confirmed;
        private bool _isResyncing;

        public Pump(PendingOperation owner, AgentSession session, Task earlier)
        {
            _owner = owner;
            Session = session;
            _stop = CancellationTokenSource.CreateLinkedTokenSource(owner.Context.Stopping);
            _rate = new OutputRate(owner.Context.Time);
            _mostQueued = 4L * owner.Context.Options.OutputWindow;
            Completion = RunAsync(earlier);
        }

        public AgentSession Session { get; }

        public Task Completion { get; }

        public bool IsStopped => _stop.IsCancellationRequested;

        private string OperationId => _owner.Work.OperationId;

        private IAgentOutputSink Sink => _owner.Work.Output;

        public void Stop() => _stop.Cancel();

        public bool TryAdd(AgentIntake intake)
        {
            if (IsStopped)
            {
                return false;
            }

            if (intake is AgentIntake.Output output && Interlocked.Add(ref _queued, output.Data.Length) > Interlocked.Read(ref _mostQueued))
            {
                Session.Close((System.Net.WebSockets.WebSocketCloseStatus)AgentCloseStatus.ProtocolError, $"more output of {OperationId} than its window allows");
                return false;
            }

            return _intake.Writer.TryWrite(intake);
        }

        private async Task RunAsync(Task earlier)
        {
            // The sink takes one call at a time: the pump of the last connection must have let go of it.
            await earlier.ConfigureAwait(ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                while (!await TryServeAsync())
                {
                    await Task.Delay(SinkRetry, _owner.Context.Time, _stop.Token);
                }
            }
            catch (OperationCanceledException) when (IsStopped)
            {
                // The connection is gone, or the operation is over.
            }
            finally
            {
                _owner.Context.WideWindows.Release(this);
                _intake.Writer.TryComplete();
                while (_intake.Reader.TryRead(out var left))
                {
                    (left as IDisposable)?.Dispose();
                }
            }
        }

        /// <summary>Returns false when the sink failed: then everything above its confirmed offset is asked for again.</summary>
        private async Task<bool> TryServeAsync()
        {
            try
            {
                _appended = _confirmed = await Sink.GetConfirmedOffsetAsync(OperationId, _stop.Token);
                AskForOutput();
                while (await _intake.Reader.WaitToReadAsync(_stop.Token))
                {
                    while (_intake.Reader.TryRead(out var intake))
                    {
                        if (await TakeAsync(intake))
                        {
                            return true;
                        }
                    }

                    await ConfirmRestAsync();
                }

                return true;
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !IsStopped)
            {
                _owner.Context.Logger.LogError(exception, "The output of operation {Operation} on {Node} cannot be stored; it stays at the agent, and is asked for again.", OperationId, _owner.Work.NodeName);
                _isResyncing = true;
                return false;
            }
        }

        private void AskForOutput()
        {
            Session.Send(new RunOperation(OperationId, _owner.Work.Allocation, _appended, _owner.Work.Operation));
            if (_owner._isCancelled)
            {
                Session.Send(new CancelOperation(OperationId));
            }
        }

        /// <summary>Returns true at the operation's end.</summary>
        private async Task<bool> TakeAsync(AgentIntake intake)
        {
            if (intake is AgentIntake.Output output)
            {
                using (output)
                {
                    Interlocked.Add(ref _queued, -output.Data.Length);
                    await AppendAsync(output);
                }

                return false;
            }

            var report = (OperationReport)((AgentIntake.Message)intake).Content;
            if (report.OutputLength > _appended)
            {
                Resync();
                return false;
            }

            await Sink.FlushAsync(OperationId, _stop.Token);
            _owner.Complete(report.Result);
            return true;
        }

        private async ValueTask AppendAsync(AgentIntake.Output output)
        {
            if (output.Offset > _appended)
            {
                Resync();
                return;
            }

            _isResyncing = false;
            var known = _appended - output.Offset;
            if (known >= output.Data.Length)
            {
                return;
            }

            var fresh = output.Data[(int)known..];
            var confirmed = await Sink.AppendAsync(OperationId, _appended, fresh, _stop.Token);
            _appended += fresh.Length;
            if (_rate.Add(fresh.Length))
            {
                Widen();
            }

            Confirm(confirmed);
        }

        /// <summary>Something is missing. It is asked for once; what is still under way from before is passed over.</summary>
        private void Resync()
        {
            if (!_isResyncing)
            {
                _isResyncing = true;
                AskForOutput();
            }
        }

        /// <summary>Nothing more is waiting: now is the time to make durable what the sink has gathered, or the agent would wait for its confirmation.</summary>
        private async ValueTask ConfirmRestAsync()
        {
            if (_confirmed < _appended)
            {
                Confirm(await Sink.FlushAsync(OperationId, _stop.Token));
            }
        }

        /// <summary>The output comes as fast as its window lets it.</summary>
        private void Widen()
        {
            var windows = _owner.Context.WideWindows;
            if (_isWide == 1)
            {
                windows.Use(this);
            }
            else if (windows.TryTake(this, Narrow))
            {
                var wide = Math.Max(_owner.Context.Options.WideOutputWindow, _owner.Context.Options.OutputWindow);
                Interlocked.Exchange(ref _mostQueued, 2L * wide);
                Volatile.Write(ref _isWide, 1);
                Session.Send(new ConfirmOutput(OperationId, _confirmed, wide));
            }
        }

        private void Narrow()
        {
            Volatile.Write(ref _isWide, 0);
            Session.Send(new ConfirmOutput(OperationId, Interlocked.Read(ref _confirmed), _owner.Context.Options.OutputWindow));
        }

        private void Confirm(long offset)
        {
            if (offset > _confirmed)
            {
                _confirmed = offset;
                Session.Send(new ConfirmOutput(OperationId, offset));
            }
        }
    }

    /// <summary>Tells whether output comes fast, over a quarter of a second at a time.</summary>
    private sealed class OutputRate(TimeProvider time)
    {
        private const long FastPerSecond = 8 * 1024 * 1024;
        private static readonly TimeSpan Span = TimeSpan.FromMilliseconds(250);

        private long _since = time.GetTimestamp();
        private long _bytes;

        public bool Add(int bytes)
        {
            _bytes += bytes;
            var elapsed = time.GetElapsedTime(_since);
            if (elapsed < Span)
            {
                return false;
            }

            var isFast = _bytes > FastPerSecond * elapsed.TotalSeconds;
            (_since, _bytes) = (time.GetTimestamp(), 0);
            return isFast;
        }
    }

    private AgentNodeContext Context => context;
}
