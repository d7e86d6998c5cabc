using System.CommandLine;
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
    private static readonly Option<int> Agents = new("--local-agents") { Description = "Agents of the local cloud at a time; 0 switches it off.", DefaultValueFactory = _ => int.TryParse(Setting("LOCAL_AGENTS"), out var n) ? n : 20, HelpName = "number" };
    private static readonly Option<string?> Program = new("--agent") { Description = "The slipway-agent program, where it does not lie beside the server.", DefaultValueFactory = _ => Setting("AGENT"), HelpName = "file" };

    public static Command Create()
    {
        var command = new Command("server", "Run the server. Every option can be given as SLIPWAY_… in the environment too (SLIPWAY_LISTEN, SLIPWAY_DATA …).") { Data, Listen, Root, AgentUrl, Login, Local, Agents, Program };
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
            };
            await using var server = await SlipwayServer.StartAsync(settings, new ServerExtras(), cancellation);
            Terminal.Line($"Slipway answers on {server.Url}");
            await server.WaitForShutdownAsync(cancellation);
            return ExitCodes.Success;
        });
        return command;
    }

    internal static string? Setting(string name) => Environment.GetEnvironmentVariable("SLIPWAY_" + name) is { Length: > 0 } value ? value : null;
}
