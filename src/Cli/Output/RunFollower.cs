using System.Text;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Cli.Output;

/// <summary>Follows a run to its end and prints what happens: the stages as they go, and its console if that is asked for.</summary>
internal sealed class RunFollower(IRunReads runs, IQueueReads queue, IChangeFeed changes, bool showLog)
{
    private const int FailingLines = 20;
    private const int Chunk = 256 * 1024;
    private readonly StageProgress _progress = new();
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly Lock _screen = new();
    private bool _lineIsOpen;

    /// <summary>Waits until the request has become a run. Null where it was cancelled.</summary>
    public async Task<RunDetailView?> WaitForStartAsync(QueueItemId item, CancellationToken cancellation)
    {
        var said = "";
        await foreach (var _ in Follow(changes.Position, cancellation))
        {
            var view = await queue.FindAsync(item, cancellation);
            if (view is null || view.Cancelled)
            {
                return null;
            }

            if (view.Run is { } run)
            {
                return await runs.FindAsync(run, cancellation);
            }

            if (view.Why.Length > 0 && view.Why != said)
            {
                said = view.Why;
                Terminal.Line(Terminal.Yellow($"… {said}"));
            }
        }

        return null;
    }

    /// <summary>Prints until the run has ended, and returns it as it ended.</summary>
    public async Task<RunDetailView> FollowAsync(RunId run, CancellationToken cancellation)
    {
        var log = showLog ? FollowLogAsync(run, cancellation) : Task.CompletedTask;
        await foreach (var _ in Follow(changes.Position, cancellation))
        {
            var detail = await runs.FindAsync(run, cancellation) ?? throw new UsageException("The run was deleted while it was followed.");
            Print(_progress.Update(detail));
            if (detail.Run.State == RunState.Finished)
            {
                await log;
                return detail;
            }
        }

        throw new OperationCanceledException(cancellation);
    }

    /// <summary>Why it failed: the reason, and the last lines of the step that failed.</summary>
    public async Task ExplainFailureAsync(RunDetailView run, CancellationToken cancellation)
    {
        if (run.Error is { } error)
        {
            Terminal.Line();
            Terminal.Line(Terminal.Red(run.ErrorIsInfrastructure ? $"This is a failure of the infrastructure, not of the build: {error}" : error));
        }

        if (showLog)
        {
            return;
        }

        var failing = run.Nodes.LastOrDefault(n => n is { Kind: FlowNodeKind.Step, Status: FlowNodeStatus.Failure, LogSize: > 0 });
        var lines = await runs.ReadLogLinesAsync(run.Run.Id, failing?.Id, -FailingLines, FailingLines, cancellation);
        var told = lines.Lines.Where(l => !l.Text.StartsWith("[Pipeline]", StringComparison.Ordinal) && !l.Text.StartsWith("Finished: ", StringComparison.Ordinal)).ToList();
        Terminal.Line();
        Terminal.Line(Terminal.Dim(failing is null ? "The last lines of the log:" : $"The last lines of {failing.Function}{(failing.Name is { } name ? $" ({name})" : "")}:"));
        foreach (var line in told)
        {
            Terminal.Line("  " + line.Text);
        }
    }

    /// <summary>Yields at once, and whenever something of the server changed.</summary>
    private async IAsyncEnumerable<bool> Follow(string position, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        yield return true;
        await foreach (var change in changes.SubscribeAsync(position, cancellation))
        {
            if (change.Change is not Change.OfNode)
            {
                yield return true;
            }
        }
    }

    private async Task FollowLogAsync(RunId run, CancellationToken cancellation)
    {
        var text = new char[Chunk + 1];
        var offset = 0L;
        var more = true;
        while (more)
        {
            more = await runs.WaitForLogAsync(run, offset, cancellation);
            LogSlice slice;
            while ((slice = await runs.ReadLogAsync(run, null, offset, Chunk, cancellation)).Bytes.Length > 0)
            {
                var count = _decoder.GetChars(slice.Bytes.Span, text, flush: false);
                offset = slice.Next;
                lock (_screen)
                {
                    Console.Out.Write(text, 0, count);
                    _lineIsOpen = count > 0 ? text[count - 1] != '\n' : _lineIsOpen;
                }
            }
        }
    }

    // Two writers meet here: a stage's line never lands inside a line of the log.
    private void Print(IReadOnlyList<string> lines)
    {
        lock (_screen)
        {
            if (lines.Count > 0 && _lineIsOpen)
            {
                Terminal.Line();
                _lineIsOpen = false;
            }

            foreach (var line in lines)
            {
                Terminal.Line(line);
            }
        }
    }
}
