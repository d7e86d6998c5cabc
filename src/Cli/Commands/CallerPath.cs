namespace Slipway.Cli.Commands;

/// <summary>Paths as the user means them: relative to where they stand, also when a wrapper script has changed the directory and says where that was.</summary>
internal static class CallerPath
{
    public static string Of(string path) => Path.GetFullPath(path, Environment.GetEnvironmentVariable("SLIPWAY_CALLER_DIR") is { Length: > 0 } caller ? caller : Environment.CurrentDirectory);
}
