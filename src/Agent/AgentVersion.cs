using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

namespace Slipway.Agent;

internal static class AgentVersion
{
    public static string Text { get; } = typeof(AgentVersion).Assembly.GetName().Version?.ToString(3) ?? "0";
}

/// <summary>What the program ends with. Documented in <c>docs/formats/agent-protocol.md</c>: supervisors and scripts match on these.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongUsage = 2;

    /// <summary>The controller refused the name, the secret or the version.</summary>
    public const int Refused = 3;

    /// <summary>The controller stayed away for longer than the orphan timeout, or than <c>-noReconnect</c> allows.</summary>
    public const int ControllerGone = 4;

    /// <summary>Another process connected under our name.</summary>
    public const int Superseded = 5;

    /// <summary>The working directory cannot be used.</summary>
    public const int WorkDirectory = 6;
}
