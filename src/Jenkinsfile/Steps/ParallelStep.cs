using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Execution.Cancellation;
using Slipway.Jenkinsfile.Execution.Records;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model;

namespace Slipway.Jenkinsfile.Steps;

/// <summary><c>parallel</c>: its blocks run side by side, each on a fiber of its own; it ends when all have ended.</summary>
internal static class ParallelStep
{
    public static StepDefinition Definition { get; } = new()
    {
        Name = "parallel",
        Summary = "Runs several named blocks side by side; with failFast the first that fails stops the others.",
        Parameters = [StepParameter.Flag("failFast")],
        TakesAnything = true,
        Run = RunAsync,
    };

    private static async Task<object?> RunAsync(StepCall call)
    {
        var failFast = call.Arguments.Any("failFast") is true || call.Run.Steps.ParallelsAlwaysFailFast;
        if (call.Branches.Count == 0)
        {
            call.Log("No branches to run");
            return ScriptValues.MapOf([]);
        }

        var branches = call.Branches.Select(b => new Branch(call, b.Key, b.Value)).ToList();
        foreach (var branch in branches)
        {
            branch.Start();
        }

        var first = await RunAllAsync(call, branches, failFast);
        var failures = branches.Where(b => b.Failure is not null).ToList();
        return failures.Count == 0
            ? ScriptValues.MapOf(branches.Select(b => KeyValuePair.Create(b.Name, b.Result)))
            : throw Worst(failures, first!);
    }

    /// <returns>The branch that failed first.</returns>
    private static async Task<Branch?> RunAllAsync(StepCall call, List<Branch> branches, bool failFast)
    {
        Branch? first = null;
        await Task.WhenAll(branches.Select(RunOneAsync));
        return first;

        async Task RunOneAsync(Branch branch)
        {
            await branch.RunAsync();
            if (branch.Failure is null || first is not null)
            {
                return;
            }

            first = branch;
            if (failFast)
            {
                var cause = new InterruptionCause("org.jenkinsci.plugins.workflow.cps.steps.ParallelStep$FailFastCause", $"Failed in branch {branch.Name}");
                foreach (var other in branches.Where(b => !b.IsDone))
                {
                    other.Scope.Interrupt(new Interruption(RunResult.Aborted, cause));
                }
            }
        }
    }

    /// <summary>Of several failures the one that says most: not an interruption, rather an exception than a plain abort, the first among equals; the others hang on it.</summary>
    private static GroovyException Worst(List<Branch> failed, Branch first)
    {
        var ordered = failed.Select(b => b.Failure!).OrderBy(Rank).ThenBy(f => f == first.Failure ? 0 : 1).ToList();
        foreach (var other in ordered.Skip(1).Where(o => o.Value != ordered[0].Value && !ordered[0].Value.Suppressed.Contains(o.Value)))
        {
            ordered[0].Value.Suppressed.Add(other.Value);
        }

        return ordered[0];
    }

    private static int Rank(GroovyException failure) => failure switch
    {
        _ when failure.Value.IsUncatchable => -1,
        _ when Failures.InterruptionOf(failure) is { } interruption => 10 + (RunResult.Aborted - interruption.Result),
        _ when FailureOutcome.IsAbort(failure.Value) => 1,
        _ => 0,
    };

    private sealed class Branch(StepCall call, string name, StepBody body)
    {
        private StepContext _context = null!;

        public string Name => name;

        public CancelScope Scope => _context.Scope;

        public object? Result { get; private set; }

        public GroovyException? Failure { get; private set; }

        public bool IsDone { get; private set; }

        public void Start()
        {
            var outer = call.Context;
            _context = outer with
            {
                Fiber = call.Run.NewFiber(),
                Scope = outer.Scope.Open(),
                FlowNode = call.Run.Graph.Start(outer.FlowNode, FlowNodeKind.Branch, "parallel", name),
                Stage = new StageState(name, outer.Stage, isBranch: true),
            };
            call.Run.Console.Write(_context, $"[Pipeline] {{ (Branch: {name})");
        }

        /// <summary>Never throws what a script can catch: the outcome is in the properties.</summary>
        public async Task RunAsync()
        {
            // All branches are announced before the first one runs.
            await Task.Yield();
            try
            {
                Result = await body(_context);
                End(FlowGraph.StatusOf(_context.Stage!.Result), _context.Stage.Reason);
            }
            catch (GroovyException failure)
            {
                Failure = failure;
                var outcome = FailureOutcome.Of(failure);
                End(FlowGraph.StatusOf(outcome.Result), call.Run.Console.MaskSecrets(outcome.Reason, _context.Masked), outcome.IsInfrastructure);
                call.Run.Console.Write(_context, $"Failed in branch {name}");
            }
            finally
            {
                IsDone = true;
                Scope.Close();
            }
        }

        private void End(FlowNodeStatus status, string? reason, bool isInfrastructure = false)
        {
            call.Run.Console.Write(_context, "[Pipeline] }");
            call.Run.Graph.End(_context.FlowNode!.Value, status, reason, isInfrastructure);
        }
    }
}
