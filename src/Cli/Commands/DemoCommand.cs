using System.CommandLine;
using System.Diagnostics;
using System.Xml.Linq;
using Microsoft.Extensions.Logging;
using Slipway.Cli.Output;
using Slipway.Feeds;
using Slipway.Model;
using Slipway.Server.Hosting;
using Slipway.Server.Settings;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway demo</c>: a server with a sample job from a real git repository, whose first run is shown. What <c>./dev run</c> starts.</summary>
internal static class DemoCommand
{
    private static readonly Option<string> Data = new("--data") { Description = "The directory that holds the server's state.", DefaultValueFactory = _ => "slipway-data", HelpName = "directory" };
    private static readonly Option<string> Listen = new("--listen") { Description = "Address and port.", DefaultValueFactory = _ => "127.0.0.1:8080", HelpName = "address:port" };
    private static readonly Option<string> Samples = new("--samples") { Description = "The directory of sample projects; each becomes a git repository and a job.", Required = true, HelpName = "directory" };
    private static readonly Option<bool> Once = new("--once") { Description = "End when the first run has ended; its result is the exit code." };

    public static Command Create()
    {
        var command = new Command("demo", "Start a server with sample jobs from local git repositories, and show the first run.") { Data, Listen, Samples, Once };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(Data)!, parsed.GetValue(Listen)!, parsed.GetValue(Samples)!, parsed.GetValue(Once), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string data, string listen, string samples, bool once, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var repositories = SampleRepositories.Prepare(CallerPath.Of(samples), Path.GetFullPath(Path.Combine(data, "samples")));
        var settings = new ServerSettings { DataDirectory = data, Listen = listen, AllowLocalRepositories = true, AgentProgram = ServerCommand.Setting("AGENT") };
        var extras = new ServerExtras { ConfigureLogging = logging => logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole(c => c.SingleLine = true) };
        await using var server = await SlipwayServer.StartAsync(settings, extras, cancellation);
        Terminal.Line($"Slipway answers on {Terminal.Bold(server.Url.ToString())} after {Durations.Say(clock.Elapsed)}. It runs open, for it is bound to this machine alone.");

        var caller = new Caller("demo", "the demonstration", null);
        foreach (var (name, repository) in repositories)
        {
            if (await server.Jobs.FindAsync(JobPath.Parse(name), cancellation) is null)
            {
                var created = await server.JobCommands.CreateAsync(JobPath.Parse(name), ConfigFor(name, repository), caller, cancellation);
                Terminal.Line(created.Succeeded ? $"Job {Terminal.Bold(name)} made from the git repository {repository}" : Terminal.Red(created.Fault!));
            }
        }

        var first = JobPath.Parse(repositories[0].Name);
        var queued = await server.RunCommands.TriggerAsync(first, new Dictionary<string, string>(), new UserCause(caller.UserId, caller.Name), TimeSpan.Zero, caller, cancellation);
        if (!queued.Succeeded)
        {
            throw new UsageException(queued.Fault!);
        }

        var follower = new RunFollower(server.Runs, server.Queue, server.ChangeFeed, showLog: true);
        var begun = await follower.WaitForStartAsync(queued.Value, cancellation) ?? throw new UsageException("The run was cancelled before it began.");
        var ended = await follower.FollowAsync(begun.Run.Id, cancellation);
        var result = ended.Run.Result ?? RunResult.Failure;
        Terminal.Line();
        Terminal.Line($"{RunCommand.Paint(result)} in {Durations.Say((ended.Run.Ended ?? ended.Run.Started) - ended.Run.Started)}: {server.Url}{first.ToUrlPath()}{begun.Run.Number}/");
        if (once)
        {
            return result == RunResult.Success ? ExitCodes.Success : ExitCodes.Failure;
        }

        Terminal.Line($"The server stays up; look at {server.Url} and press Ctrl-C to stop it.");
        await server.WaitForShutdownAsync(cancellation);
        return ExitCodes.Success;
    }

    private static string ConfigFor(string name, string repository) => new XElement(
        "flow-definition",
        new XElement("description", $"The sample project '{name}'"),
        new XElement(
            "definition",
            new XAttribute("class", "org.jenkinsci.plugins.workflow.cps.CpsScmFlowDefinition"),
            new XElement(
                "scm",
                new XAttribute("class", "hudson.plugins.git.GitSCM"),
                new XElement("userRemoteConfigs", new XElement("hudson.plugins.git.UserRemoteConfig", new XElement("url", repository))),
                new XElement("branches", new XElement("hudson.plugins.git.BranchSpec", new XElement("name", "*/main")))),
            new XElement("scriptPath", "Jenkinsfile"))).ToString();
}
