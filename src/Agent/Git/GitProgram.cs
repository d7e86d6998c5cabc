using System.Text;
using Slipway.Agent.Operations;
using Slipway.Agent.Processes;
using Slipway.Model.Operations;

namespace Slipway.Agent.Git;

/// <summary>What a git command answered.</summary>
internal sealed record GitAnswer(int Code, string Output, string Error);

/// <summary>
/// Runs <c>git</c>. Credentials reach it through a helper that reads two variables of git's own environment: they are in no argument, no file and no log,
/// and are only given to the host that the repository is on.
/// </summary>
internal sealed class GitProgram
{
    private const string Helper = "!f() { test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' \"$SLIPWAY_GIT_USER\" \"$SLIPWAY_GIT_SECRET\"; }; f";

    private readonly SupervisorContext _context;
    private readonly string _program;
    private readonly List<string> _settings;
    private readonly Dictionary<string, string> _environment;

    public GitProgram(SupervisorContext context, string url, GitCredential? credential)
    {
        _context = context;
        _environment = new Dictionary<string, string>(context.Environment, StringComparer.Ordinal)
        {
            ["GIT_TERMINAL_PROMPT"] = "0",
            ["LC_ALL"] = "C",
        };
        _environment.TryAdd("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
        _program = Spawn.FindProgram("git", _environment)
            ?? throw new OperationFault($"The program 'git' is not installed on agent '{context.Origin.NodeName}', so nothing can be checked out there. Install it in the agent's image, or use another one.");

        // A transfer that stands still for a minute is given up; owners of a mounted workspace may differ from the agent's user.
        _settings = ["-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60", "-c", "safe.directory=*", "-c", "core.quotepath=off", "-c", "gc.auto=0", "-c", "advice.detachedHead=false"];
        if (credential is not null)
        {
            _environment["SLIPWAY_GIT_USER"] = credential.User;
            _environment["SLIPWAY_GIT_SECRET"] = credential.Secret;
            var scope = Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme.StartsWith("http", StringComparison.Ordinal)
                ? $"credential.{address.GetLeftPart(UriPartial.Authority)}.helper"
                : "credential.helper";
            _settings.AddRange(["-c", "credential.helper=", "-c", $"{scope}={Helper}"]);
        }
    }

    /// <summary>Runs and logs a command as Jenkins does, without its settings: <c> &gt; git fetch …</c></summary>
    public GitAnswer Run(params ReadOnlySpan<string> arguments) => Run(isLogged: true, arguments);

    /// <summary>A command that only asks: not worth a line in the log.</summary>
    public GitAnswer Ask(params ReadOnlySpan<string> arguments) => Run(isLogged: false, arguments);

    private GitAnswer Run(bool isLogged, ReadOnlySpan<string> arguments)
    {
        if (isLogged)
        {
            _context.Output.WriteLine(" > git " + string.Join(' ', arguments));
        }

        var error = new StringBuilder();
        var program = new SpawnRequest(_program, [.. _settings, .. arguments], _environment, _context.Directory, []);
        var exit = _context.NewChild().Run(program, StandardOutput.Memory, -1, input: [], bytes =>
        {
            if (error.Length < 64 * 1024)
            {
                error.Append(Encoding.UTF8.GetString(bytes));
            }
        });
        if (exit.IsCancelled)
        {
            throw new OperationCanceledException(_context.Cancel.Token);
        }

        return exit.Error == 0
            ? new GitAnswer(exit.Code, Encoding.UTF8.GetString(exit.Output), error.ToString())
            : throw new OperationFault($"The program '{_program}' cannot be started: {Native.Describe(exit.Error)}.", isInfrastructure: true);
    }
}
