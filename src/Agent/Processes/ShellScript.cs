using System.Text;
using Slipway.Agent.Spool;
using Slipway.Model.Operations;

namespace Slipway.Agent.Processes;

/// <summary>Runs the script of an <c>sh</c> step.</summary>
internal static class ShellScript
{
    public static OperationResult Run(RunShell operation, SupervisorContext context)
    {
        // Jenkins makes the directory of a step that has none yet.
        Directory.CreateDirectory(context.Directory);
        var script = context.Spool.ScriptPath;
        File.WriteAllText(script, operation.Script);
        File.SetUnixFileMode(script, OperationSpool.Mode(isShared: context.Origin.Pod is not null));

        var (interpreter, arguments) = Interpreter(operation.Script, script, operation.Shell);

        using var captured = operation.CaptureOutput ? File.Create(context.Spool.CapturedPath, bufferSize: 0) : null;
        var program = new SpawnRequest(interpreter, arguments, context.Environment, context.Directory, []);
        var exit = context.NewChildInContainer().Run(
            program,
            captured is null ? StandardOutput.Log : StandardOutput.Descriptor,
            captured is null ? -1 : (int)captured.SafeFileHandle.DangerousGetHandle(),
            input: [],
            context.Output.Write);
        return exit switch
        {
            { IsCancelled: true } => new OperationCancelled(),
            { Error: Native.ENOENT } when operation.Shell == interpreter => new OperationFailed(
                $"Process exited immediately after creation. The shell '{interpreter}', which the container step names, is not there{(context.Container is { } chosen ? $" in container '{chosen}'" : "")}; leave it out, or use an image that has it.", IsInfrastructure: false),
            { Error: Native.ENOENT } => NotFound(interpreter, context),
            { Error: not 0 } => new OperationFailed($"The interpreter '{interpreter}' cannot be started in '{context.Directory}'{(context.Container is { } container ? $" of container '{container}'" : "")}: {Native.Describe(exit.Error)}.", IsInfrastructure: IsSystemFault(exit.Error)),
            _ when captured?.Length > OperationSpool.LargestCaptured => new OperationFailed(
                $"The script's output is {captured.Length} bytes long; at most {OperationSpool.LargestCaptured} can become a value. Write it to a file instead of using returnStdout.", IsInfrastructure: false),
            { HitMemoryLimit: true } => OutOfMemory(exit.Code, context),
            _ => new ShellEnded(exit.Code, Output: null),
        };
    }

    /// <summary>
    /// What runs the script. A <c>#!</c> line is read here as the kernel would (a program and at most one argument), so that the script needs no file system that allows execution.
    /// </summary>
    /// <param name="shell">What runs scripts without such a line; null for <c>sh</c>.</param>
    internal static (string Program, IReadOnlyList<string> Arguments) Interpreter(string text, string scriptPath, string? shell = null)
    {
        if (!text.StartsWith("#!", StringComparison.Ordinal))
        {
            return (shell ?? "sh", ["-xe", scriptPath]);
        }

        var end = text.IndexOf('\n', StringComparison.Ordinal);
        var line = (end < 0 ? text[2..] : text[2..end]).Trim();
        var space = line.AsSpan().IndexOfAny(' ', '\t');
        return line.Length == 0 ? (shell ?? "sh", ["-xe", scriptPath])
            : space < 0 ? (line, [scriptPath])
            : (line[..space], [line[space..].Trim(), scriptPath]);
    }

    /// <summary>As a shell says it, with a shell's exit code: the script is at fault, or the image.</summary>
    private static ShellEnded NotFound(string interpreter, SupervisorContext context)
    {
        var where = context.Container is { } container ? $"in container '{container}'" : "on this agent";
        context.Output.WriteLine($"{interpreter}: not found. The script's interpreter is not installed {where}; install it, or name another one in the script's first line.");
        return new ShellEnded(127, Output: null);
    }

    private static ShellEnded OutOfMemory(int code, SupervisorContext context)
    {
        var where = context.Container is { } container ? $"The container '{container}'" : "The agent's container";
        context.Output.WriteLine($"OOMKilled: {where} has reached its memory limit, and the kernel has ended a process of it. Raise resources.limits.memory of the container in the pod template, or let the step need less.");
        return new ShellEnded(code, Output: null);
    }

    private static bool IsSystemFault(int error) => error is not (13 or 8 or 20);
}
