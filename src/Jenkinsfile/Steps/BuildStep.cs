using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Execution.Cancellation;
using Slipway.Jenkinsfile.Scripted;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model;
using Slipway.Model.Effects;

namespace Slipway.Jenkinsfile.Steps;

/// <summary><c>build</c>: starts another job and, unless told otherwise, waits for it and fails with it.</summary>
internal static class BuildStep
{
    public static StepDefinition Definition { get; } = new()
    {
        Name = "build",
        Summary = "Starts another job, waits for its end and takes its result for the own.",
        Parameters =
        [
            StepParameter.Text("job").Required(),
            StepParameter.List("parameters"),
            StepParameter.Flag("wait", true),
            StepParameter.Flag("propagate", true),
            StepParameter.Integer("quietPeriod"),
            StepParameter.Flag("waitForStart").RefusedBecause("wait: false goes on once the run is queued."),
        ],
        Main = "job",
        Run = RunAsync,
    };

    private static async Task<object?> RunAsync(StepCall call)
    {
        var job = Resolve(call.Run.Program.Job, call.Arguments.RequiredText("job"));
        var parameters = call.Arguments.List("parameters").Select(ReadParameter).ToList();
        var wait = call.Arguments.Flag("wait", true);
        var quietPeriod = call.Arguments.Integer("quietPeriod") is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        call.Log($"Scheduling project: {job}");
        var built = (JobBuilt)await call.Context.PerformAsync(new BuildJob(job, parameters, wait, quietPeriod));
        if (!wait)
        {
            return null;
        }

        var result = built.Result ?? RunResult.Success;
        call.Log($"Build {built.Job} #{built.Number} completed: {result.ToJenkins()}");
        if (result != RunResult.Success && call.Arguments.Flag("propagate", true))
        {
            var message = $"{built.Job} #{built.Number} completed with status {result.ToJenkins()} (propagate: false to ignore)";
            throw Failures.Interrupted(new Interruption(result, new InterruptionCause("org.jenkinsci.plugins.workflow.support.steps.build.DownstreamFailureCause", message)) { IsActual = false });
        }

        return new DownstreamRun(call.Run.Program.RootUrl, built);
    }

    /// <summary>The job's full name: relative names begin in the folder of this job, <c>..</c> goes up, a leading slash begins at the root.</summary>
    private static string Resolve(string own, string job)
    {
        var segments = job.StartsWith('/') ? [] : own.Split('/').SkipLast(1).ToList();
        foreach (var segment in job.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment == "..")
            {
                if (segments.Count == 0)
                {
                    throw Failures.Abort($"build: '{job}' leads above the root; this job is '{own}'.");
                }

                segments.RemoveAt(segments.Count - 1);
            }
            else if (segment != ".")
            {
                segments.Add(segment);
            }
        }

        return JobPath.TryParse(string.Join('/', segments), out var path, out var fault) && !path.IsRoot
            ? path.Value
            : throw Failures.Abort($"build: '{job}' is no name of a job. {fault}");
    }

    private static ParameterValue ReadParameter(object? item)
    {
        var symbol = SymbolValue.Require(item, "build parameters", "string", "booleanParam", "text", "password", "choice");
        var name = symbol.Arguments.RequiredText("name");
        if (!symbol.Arguments.Has("value"))
        {
            throw Failures.IllegalArgument($"build: the parameter '{name}' has no value. Write {symbol.Name}(name: '{name}', value: …).");
        }

        return symbol.Name switch
        {
            "booleanParam" => new ParameterValue(name, symbol.Arguments.Flag("value") ? "true" : "false", ParameterType.Boolean),
            "text" => new ParameterValue(name, symbol.Arguments.RequiredText("value"), ParameterType.Text),
            "password" => new ParameterValue(name, symbol.Arguments.RequiredText("value"), ParameterType.Password),
            _ => new ParameterValue(name, symbol.Arguments.RequiredText("value")),
        };
    }
}
