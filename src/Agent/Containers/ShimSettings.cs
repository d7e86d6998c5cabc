using Slipway.Agent.Connection;

namespace Slipway.Agent.Containers;

/// <summary>What a shim was told on its command line.</summary>
/// <param name="Socket">Where it listens.</param>
/// <param name="WorkDirectory">Where the workspace's volume is mounted in this container; null: where the agent has it.</param>
/// <param name="IsDetached">Return once it listens, and leave it running.</param>
/// <param name="IsDetachedChild">It is the one that was left running.</param>
internal sealed record ShimSettings(string Socket, string? WorkDirectory, bool IsDetached, bool IsDetachedChild)
{
    public const string Help = """
          slipway-agent shim --socket PATH [--workdir DIRECTORY] [--detach]
                                lets an agent in another container of this pod run processes here
        """;

    public const string DetachedChild = "--detached-child";

    /// <exception cref="UsageException">The message says what to write.</exception>
    public static ShimSettings Parse(ReadOnlySpan<string> arguments)
    {
        string? socket = null;
        string? workDirectory = null;
        var isDetached = false;
        var isDetachedChild = false;
        for (var index = 0; index < arguments.Length; index++)
        {
            var option = arguments[index].StartsWith("--", StringComparison.Ordinal) ? arguments[index] : "-" + arguments[index];
            switch (option)
            {
                case "--detach":
                    isDetached = true;
                    break;
                case DetachedChild:
                    isDetachedChild = true;
                    break;
                case "--socket" or "--workdir":
                    var value = ++index < arguments.Length ? arguments[index] : throw new UsageException($"The option {option} needs a value.");
                    (socket, workDirectory) = option == "--socket" ? (value, workDirectory) : (socket, value);
                    break;
                default:
                    throw new UsageException($"slipway-agent shim does not know '{arguments[index]}'. It takes --socket PATH, --workdir DIRECTORY and --detach.");
            }
        }

        return socket is null ? throw new UsageException("slipway-agent shim needs --socket PATH: where it listens for the agent.")
            : workDirectory is not null && !Path.IsPathRooted(workDirectory) ? throw new UsageException($"--workdir takes an absolute path, not '{workDirectory}'.")
            : new ShimSettings(Path.GetFullPath(socket), workDirectory is null ? null : Path.TrimEndingDirectorySeparator(workDirectory), isDetached, isDetachedChild);
    }

    /// <summary>What the agent calls a path, as this container sees it.</summary>
    public static string Translate(string path, string agentWorkDirectory, string? workDirectory) =>
        workDirectory is null || workDirectory == agentWorkDirectory ? path
        : path == agentWorkDirectory ? workDirectory
        : path.StartsWith(agentWorkDirectory.TrimEnd('/') + "/", StringComparison.Ordinal) ? workDirectory.TrimEnd('/') + path[agentWorkDirectory.TrimEnd('/').Length..]
        : path;
}
