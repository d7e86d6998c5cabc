using System.CommandLine;
using System.CommandLine.Parsing;
using Slipway.Cli.Output;
using Slipway.Server.Hosting;
using Slipway.Server.Settings;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway server</c>: runs the server until it is told to stop.</summary>
internal static class ServerCommand
{
    private static readonly Option<string> Data = new("--data") { Description = "The directory that holds the server's state; made where it is missing.", DefaultValueFactory = _ => Setting("DATA") ?? "slipway-data", HelpName = "directory" };
    private static readonly Option<string> Listen = new("--listen") { Description = "Address and port. Beyond loopback a login is demanded.", DefaultValueFactory = _ => Setting("LISTEN") ?? "127.0.0.1:8080", HelpName = "address:port" };
    private static readonly Option<string?> Root = new("--root-url") { Description = "How users reach the server, where a proxy stands before it.", DefaultValueFactory = _ => Setting("ROOT_URL"), HelpName = "url" };
    private static readonly Option<string?> AgentUrl = new("--agent-url") { Description = "What agents dial, where that differs from the address it listens on.", DefaultValueFactory = _ => Setting("AGENT_URL"), HelpName = "url" };
    private static readonly Option<bool> Login = new("--require-login") { Description = "Demand a login on loopback too.", DefaultValueFactory = _ => Setting("REQUIRE_LOGIN") is "true" or "1" };
    private static readonly Option<bool> Local = new("--allow-local-repositories") { Description = "Let Jenkinsfiles come from repositories on this machine's disk.", DefaultValueFactory = _ => Setting("ALLOW_LOCAL_REPOSITORIES") is "true" or "1" };
    private static readonly Option<int> Agents = new("--local-agents") { Description = "Agents of the local cloud at a time; 0 switches it off.", DefaultValueFactory = ReadLocalAgents, HelpName = "number" };
    private static readonly Option<string?> Program = new("--agent") { Description = "The slipway-agent program, where it does not lie beside the server.", DefaultValueFactory = _ => Setting("AGENT"), HelpName = "file" };

    private static readonly Option<string[]> AgentEnvironment = new("--agent-env") { Description = "Variables of the server's environment that builds on local agents see, besides PATH, HOME and the like.", DefaultValueFactory = _ => [Setting("AGENT_ENV") ?? ""], HelpName = "NAME[,NAME]" };

    private static readonly Option<string[]> Config = new("--config") { Description = "Configuration as Code: YAML files, or directories of them. Read again when they change. Also CASC_JENKINS_CONFIG.", DefaultValueFactory = _ => [Setting("CONFIG") ?? Environment.GetEnvironmentVariable("CASC_JENKINS_CONFIG") ?? ""], HelpName = "path[,path]" };
    private static readonly Option<string?> AgentListen = new("--agent-listen") { Description = "A second address and port that is for agents alone.", DefaultValueFactory = _ => Setting("AGENT_LISTEN"), HelpName = "address:port" };
    private static readonly Option<string> AgentImage = new("--agent-image") { Description = "The image of pods' agents where a template names none.", DefaultValueFactory = _ => Setting("AGENT_IMAGE") ?? ServerSettings.DefaultAgentImage, HelpName = "image" };
    private static readonly Option<bool> OpenMetrics = new("--open-metrics") { Description = "Let /prometheus be read without a login.", DefaultValueFactory = _ => Setting("OPEN_METRICS") is "true" or "1" };

    public static Command Create()
    {
        var command = new Command("server", "Run the server. Every option can be given as SLIPWAY_… in the environment too (SLIPWAY_LISTEN, SLIPWAY_DATA …).") { Data, Config, Listen, Root, AgentUrl, AgentListen, AgentImage, Login, OpenMetrics, Local, Agents, Program, AgentEnvironment };
        command.SetAction(async (parsed, cancellation) =>
        {
            var settings = new ServerSettings
            {
                DataDirectory = parsed.GetValue(Data)!,
                Listen = parsed.GetValue(Listen)!,
                RootUrl = parsed.GetValue(Root),
                AgentUrl = parsed.GetValue(AgentUrl),
                RequireLogin = parsed.GetValue(Login),
                AllowLocalRepositories = parsed.GetValue(Local),
                LocalAgents = parsed.GetValue(Agents),
                AgentProgram = parsed.GetValue(Program),
                Configuration = ConfigCommand.PathsOf(parsed.GetValue(Config)!),
                AgentListen = parsed.GetValue(AgentListen),
                AgentImage = parsed.GetValue(AgentImage)!,
                ReloadToken = Environment.GetEnvironmentVariable("CASC_RELOAD_TOKEN") is { Length: > 0 } token ? token : null,
                OpenMetrics = parsed.GetValue(OpenMetrics),
                SendsTraces = ServerSettings.EnvironmentAsksForTraces(),
                AgentEnvironment = [.. parsed.GetValue(AgentEnvironment)!.SelectMany(names => names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))],
            };
            await using var server = await SlipwayServer.StartAsync(settings, new ServerExtras(), cancellation);
            Terminal.Line($"Slipway answers on {server.Url}{(server.AgentDoor is { } door ? $", agents on {door}" : "")}");
            await server.WaitForShutdownAsync(cancellation);
            return ExitCodes.Success;
        });
        return command;
    }

    private static int ReadLocalAgents(ArgumentResult result)
    {
        if (Setting("LOCAL_AGENTS") is not { } text)
        {
            return 20;
        }

        if (!int.TryParse(text, out var number))
        {
            result.AddError($"SLIPWAY_LOCAL_AGENTS is '{text}', which is not a number.");
        }

        return number;
    }

    internal static string? Setting(string name) => Environment.GetEnvironmentVariable("SLIPWAY_" + name) is { Length: > 0 } value ? value : null;
}
