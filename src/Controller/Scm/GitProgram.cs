using System.Diagnostics;
using System.Text;
using Slipway.Model.Operations;

namespace Slipway.Controller.Scm;

/// <summary>What a call of <c>git</c> gave.</summary>
internal sealed record GitOutput(int ExitCode, string Output, string Errors)
{
    public bool Succeeded => ExitCode == 0;
}

/// <summary>
/// Runs the <c>git</c> program for the controller: never asks a terminal, never reads the controller user's own configuration, never follows transports that run commands,
/// ends in bounded time with a bounded output. Credentials reach it through a helper that reads two variables of git's own environment: they are in no argument and no file.
/// </summary>
internal static class GitProgram
{
    private const string CredentialHelper = "!f() { test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' \"$SLIPWAY_GIT_USER\" \"$SLIPWAY_GIT_SECRET\"; }; f";
    private const int LargestOutput = 16 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static async Task<GitOutput> RunAsync(string directory, bool allowLocal, GitCredential? credential, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("git")
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var argument in (IEnumerable<string>)["-c", "protocol.allow=never", "-c", "protocol.http.allow=always", "-c", "protocol.https.allow=always", "-c", "protocol.ssh.allow=always", "-c", "protocol.git.allow=always",
            "-c", $"protocol.file.allow={(allowLocal ? "always" : "never")}", "-c", "safe.directory=*", .. credential is null ? (IEnumerable<string>)[] : ["-c", $"credential.helper={CredentialHelper}"], .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["GIT_ASKPASS"] = "true";
        start.Environment["SSH_ASKPASS"] = "true";
        start.Environment["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["LC_ALL"] = "C";
        if (credential is not null)
        {
            start.Environment["SLIPWAY_GIT_USER"] = credential.User;
            start.Environment["SLIPWAY_GIT_SECRET"] = credential.Secret;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        using var process = Process.Start(start) ?? throw new InvalidOperationException("The git program could not be started.");
        process.StandardInput.Close();
        try
        {
            var output = ReadBoundedAsync(process.StandardOutput, limit.Token);
            var errors = ReadBoundedAsync(process.StandardError, limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new GitOutput(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new GitOutput(-1, "", $"git did not finish within {Patience.TotalMinutes:0} minutes.");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static async Task<string> ReadBoundedAsync(StreamReader reader, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        var buffer = new char[16 * 1024];
        int read;
        while ((read = await reader.ReadAsync(buffer, cancellation)) > 0)
        {
            // Read to the end all the same, so that git is not blocked on a full pipe.
            if (text.Length < LargestOutput)
            {
                text.Append(buffer, 0, read);
            }
        }

        return text.ToString();
    }
}
