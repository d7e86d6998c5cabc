using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution.Cancellation;
using Slipway.Jenkinsfile.Execution.Records;
using Slipway.Jenkinsfile.Execution.Replay;
using Slipway.Jenkinsfile.Execution.Variables;
using Slipway.Jenkinsfile.Steps;
using Slipway.Model;
using Slipway.Model.Events;

namespace Slipway.Jenkinsfile.Execution;

/// <summary>What a run executes, once its services are there: a script, or, in tests of the engine, a piece of C#.</summary>
internal interface IRunnable : IScriptRunner
{
    Fiber NewFiber();

    /// <summary>Checks what can be checked before anything runs. A text is what the log says of the faults; then the run fails.</summary>
    string? Check();

    Task RunAsync(StepContext context);

    /// <summary>Where the code of this context stands.</summary>
    string Where(StepContext context);
}

/// <summary>One execution of a run, from its first record or from its history, to its end: puts the parts together and says how it ended.</summary>
internal sealed class RunExecution
{
    private readonly RecordedHistory _history;
    private readonly RunJournal _journal;
    private readonly RunDriver _driver;
    private readonly RunServices _services;
    private readonly CancelScope _scope = new();
    private readonly IRunnable _runnable;
    private int _interruptions;

    public RunExecution(
        RunProgram program, IReadOnlyList<JournalEntry> history, IRunRecorder recorder, IEffectPerformer performer, PipelineRunOptions options, Func<RunServices, IRunnable> create)
    {
        _history = new RecordedHistory(history);
        _journal = new RunJournal(recorder, _history.DisplayRecords);
        var ledger = new EffectLedger(_history, _journal);
        _driver = new RunDriver(_history, _journal, ledger, new RunScheduler(), performer, options.Time) { Interrupted = OnInterrupted, Lost = loss => _services!.Nodes.Lose(loss), Halting = () => _services!.Console.IsMuted = true };
        var console = new RunConsole(recorder, options.MaxPrintedText, options.Time, _journal.Fail);
        _services = new RunServices
        {
            Program = program,
            Options = options,
            Ledger = ledger,
            Console = console,
            Graph = new FlowGraph(_journal, text => console.MaskSecrets(text, [])),
            State = new RunState(_journal, text => console.MaskSecrets(text, [])),
            Environment = new RunEnvironment(program),
            Parameters = new RunParameters(program.Parameters),
            Steps = new StepTable(StepCatalog.All),
        };
        _services.Checkpoint = Checkpoint;
        _runnable = create(_services);
        _services.Runnable = _runnable;
        foreach (var secret in program.Parameters.Where(p => p.Type == ParameterType.Password))
        {
            _services.Console.MaskEverywhere(secret.Value);
        }
    }

    public Action? Resting
    {
        set => _driver.Resting = value;
    }

    public void Interrupt(InterruptRequested request) => _driver.Interrupt(request);

    public void Lose(AllocationLost loss) => _driver.Lose(loss);

    public async Task<RunFinished> ExecuteAsync(CancellationToken shutdown)
    {
        if (_history.Finished is { } before)
        {
            return before;
        }

        RunFinished finished;
        try
        {
            finished = await _driver.RunAsync(RunProgramAsync, shutdown).ConfigureAwait(false);
        }
        catch (ReplayMismatchException mismatch)
        {
            _services.Console.IsMuted = false;
            _services.Console.Write(null, $"This is a failure of the build's infrastructure, not of the build:\nERROR: {mismatch.Message}");
            finished = End(RunResult.Failure, mismatch.Message, isInfrastructure: true);
        }

        _journal.IsLive = true;
        _journal.Add(finished);
        await _journal.AppendAsync().ConfigureAwait(false);
        return finished;
    }

    private async Task<RunFinished> RunProgramAsync()
    {
        WriteBeginning();
        if (_runnable.Check() is { } faults)
        {
            _services.Console.Write(null, faults);
            return End(RunResult.Failure, "The Jenkinsfile has faults; nothing of it was run.", isInfrastructure: false);
        }

        _services.Console.Write(null, "[Pipeline] Start of Pipeline");
        var context = new StepContext { Run = _services, Fiber = _runnable.NewFiber(), Scope = _scope };
        Exception? failure = null;
        try
        {
            await _runnable.RunAsync(context);
        }
        catch (Exception e)
        {
            failure = e;
        }

        _services.Console.Write(null, "[Pipeline] End of Pipeline");
        return failure is null ? End(_services.State.CurrentResult, null, isInfrastructure: false) : EndWith(failure);
    }

    private RunFinished EndWith(Exception failure)
    {
        if (failure is not GroovyException)
        {
            // Not the script's doing: a defect of ours. It is shown whole, so that it can be reported.
            _services.Console.Write(null, $"This is a failure of the build's infrastructure, not of the build:\nERROR: An internal error ended the run. Please report it: {failure}");
            return End(RunResult.Failure, $"An internal error ended the run: {failure.Message}", isInfrastructure: true);
        }

        var outcome = FailureOutcome.Of(failure);
        _services.Console.Write(null, FailureReport.Describe(failure));
        var place = FailureReport.PlaceOf(failure) is { } at ? $"{at}: " : "";
        return End(RunResults.Worse(_services.State.CurrentResult, outcome.Result), _services.Console.MaskSecrets(place + outcome.Reason, []), outcome.IsInfrastructure);
    }

    private RunFinished End(RunResult result, string? error, bool isInfrastructure)
    {
        _services.Console.Write(null, $"Finished: {result.ToJenkins()}");
        return new RunFinished(result, error, isInfrastructure);
    }

    private void WriteBeginning()
    {
        var program = _services.Program;
        foreach (var cause in program.Causes)
        {
            _services.Console.Write(null, cause.Description);
        }

        if (program.Scm is { } scm)
        {
            _services.Console.Write(null, $"Obtained {program.ScriptPath} from git {scm.Url}, commit {scm.Commit}");
        }
    }

    /// <summary>What reaches code that computes without waiting is thrown into it here.</summary>
    private void Checkpoint(HostScope code)
    {
        _driver.Checkpoint();
        if (code.Context is StepContext context && context.Scope.TakePending() is { } interruption)
        {
            throw Failures.Interrupted(interruption);
        }
    }

    /// <summary>The first request interrupts what waits; a second one cuts off whatever is still there.</summary>
    private void OnInterrupted(InterruptRequested request)
    {
        var cause = new InterruptionCause("jenkins.model.CauseOfInterruption$UserInterruption", request.Cause, request.User);
        _scope.Interrupt(new Interruption(request.Result, cause) { IsForced = ++_interruptions > 1 });
    }
}
