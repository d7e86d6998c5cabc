using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Xml.Linq;
using Slipway.Cli.Output;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway run</c>: runs the Jenkinsfile of a checkout right there, without a server.</summary>
internal static class RunCommand
{
    public const string Name = "run";

    private static readonly Argument<string> File = new("file") { Description = "The Jenkinsfile.", DefaultValueFactory = _ => "Jenkinsfile" };
    private static readonly Option<string?> Directory = new("--directory", "-C") { Description = "The checkout to run in; the current directory where it is not given.", HelpName = "directory" };
    private static readonly Option<string[]> Parameters = new("--param", "-p") { Description = "A parameter, as NAME=value; may be repeated.", HelpName = "NAME=value", DefaultValueFactory = _ => [] };
    private static readonly Option<bool> Log = new("--log", "-l") { Description = "Print the whole console, not the stages alone." };
    private static readonly Option<bool> Verbose = new("--verbose") { Description = "Print what the embedded server says too." };

    public static Command Create()
    {
        var command = new Command(Name, "Run a Jenkinsfile in this checkout, without a server. Exit code 0: success, 1: the run failed, 2: it could not begin.") { File, Directory, Parameters, Log, Verbose };
        command.SetAction(async (parsed, cancellation) =>
        {
            var checkout = CallerPath.Of(parsed.GetValue(Directory) ?? ".");
            if (!System.IO.Directory.Exists(checkout))
            {
                throw new UsageException($"There is no directory {checkout}.");
            }

            var file = Path.GetFullPath(parsed.GetValue(File)!, checkout);
            if (!System.IO.File.Exists(file))
            {
                throw new UsageException($"There is no file {file}. Name the Jenkinsfile: slipway run path/to/Jenkinsfile");
            }

            var parameters = ReadParameters(parsed.GetValue(Parameters)!);
            return await RunAsync(checkout, file, parameters, parsed.GetValue(Log), parsed.GetValue(Verbose), cancellation);
        });
        return command;
    }

    private static async Task<int> RunAsync(string checkout, string file, Dictionary<string, string> parameters, bool log, bool verbose, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        await using var embedded = await EmbeddedServer.StartAsync(checkout, verbose, cancellation);
        var server = embedded.Server;
        var caller = new Caller("local", Environment.UserName, null);
        var job = JobPath.Parse(NameOf(checkout));
        var created = await server.JobCommands.CreateAsync(job, ConfigFor(await System.IO.File.ReadAllTextAsync(file, cancellation), parameters), caller, cancellation);
        if (!created.Succeeded)
        {
            throw new UsageException(created.Fault!);
        }

        var queued = await server.RunCommands.TriggerAsync(job, parameters, new UserCause(caller.UserId, caller.Name), TimeSpan.Zero, caller, cancellation);
        if (!queued.Succeeded)
        {
            throw new UsageException(queued.Fault!);
        }

        var follower = new RunFollower(server.Runs, server.Queue, server.ChangeFeed, log);
        Terminal.Line($"{Terminal.Bold(Path.GetRelativePath(checkout, file))} in {checkout}");
        var begun = await follower.WaitForStartAsync(queued.Value, cancellation) ?? throw new UsageException("The run was cancelled before it began.");
        using var interrupts = new InterruptKeys(hard => server.RunCommands.StopAsync(begun.Run.Id, hard, caller, CancellationToken.None));
        var following = follower.FollowAsync(begun.Run.Id, cancellation);
        if (await Task.WhenAny(following, interrupts.GivenUp) != following)
        {
            Terminal.Error("The run did not end; it is left.");
            return ExitCodes.Failure;
        }

        var ended = await following;
        var result = ended.Run.Result ?? RunResult.Failure;
        if (result is not RunResult.Success)
        {
            await follower.ExplainFailureAsync(ended, cancellation);
        }

        Terminal.Line();
        Terminal.Line($"{Paint(result)} in {Durations.Say(clock.Elapsed)}");
        return result == RunResult.Success ? ExitCodes.Success : ExitCodes.Failure;
    }

    internal static string Paint(RunResult result) => result switch
    {
        RunResult.Success => Terminal.Green(Terminal.Bold("SUCCESS")),
        RunResult.Unstable => Terminal.Yellow(Terminal.Bold("UNSTABLE")),
        _ => Terminal.Red(Terminal.Bold(result.ToJenkins())),
    };

    private static Dictionary<string, string> ReadParameters(string[] given)
    {
        var parameters = new Dictionary<string, string>();
        foreach (var parameter in given)
        {
            var equals = parameter.IndexOf('=');
            if (equals < 1)
            {
                throw new UsageException($"'{parameter}' is not a parameter. Write it as NAME=value.");
            }

            parameters[parameter[..equals]] = parameter[(equals + 1)..];
        }

        return parameters;
    }

    private static string NameOf(string checkout)
    {
        var name = Path.GetFileName(checkout.TrimEnd('/'));
        return JobPath.IsLegalName(name, out _) ? name : "checkout";
    }

    /// <summary>The job that a server would have for this file; what the user gives as parameters is declared, since nobody did so yet.</summary>
    private static string ConfigFor(string script, Dictionary<string, string> parameters) => new XElement(
        "flow-definition",
        new XElement("properties", new XElement("hudson.model.ParametersDefinitionProperty", new XElement(
            "parameterDefinitions",
            parameters.Select(p => new XElement("hudson.model.StringParameterDefinition", new XElement("name", p.Key), new XElement("defaultValue", p.Value)))))),
        new XElement("definition", new XAttribute("class", "org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition"), new XElement("script", script))).ToString(SaveOptions.DisableFormatting);
}

/// <summary>Ctrl-C interrupts the run, as "stop" does on a server: its post blocks still run. Again, and it ends without them.</summary>
internal sealed class InterruptKeys : IDisposable
{
    private readonly List<PosixSignalRegistration> _signals;
    private readonly TaskCompletionSource _givenUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _times;

    /// <param name="stop">Stops the run; with true, without its post blocks.</param>
    public InterruptKeys(Func<bool, Task> stop)
    {
        _signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            switch (Interlocked.Increment(ref _times))
            {
                case 1:
                    Terminal.Error("Stopping the run; press Ctrl-C again to end it at once.");
                    _ = stop(false);
                    break;
                case 2:
                    Terminal.Error("Ending the run at once.");
                    _ = stop(true);
                    break;
                default:
                    // Something does not end. Whoever asks a third time wants the terminal back.
                    _givenUp.TrySetResult();
                    break;
            }
        }))];
    }

    /// <summary>Completes at the third time.</summary>
    public Task GivenUp => _givenUp.Task;

    public void Dispose() => _signals.ForEach(signal => signal.Dispose());
}
