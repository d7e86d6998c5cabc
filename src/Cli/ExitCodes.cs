namespace Slipway.Cli;

/// <summary>What the program's exit code says. Scripts match on these.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The run, or the check, did not succeed.</summary>
    public const int Failure = 1;

    /// <summary>The command was not understood, or could not begin: nothing was run.</summary>
    public const int Usage = 2;
}
