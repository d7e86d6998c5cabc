using System.CommandLine;
using Slipway.Cli.Output;
using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Lint;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway lint</c>: checks Jenkinsfiles without running anything.</summary>
internal static class LintCommand
{
    private static readonly Argument<string[]> Files = new("files") { Description = "The files to check; a dash reads standard input.", DefaultValueFactory = _ => ["Jenkinsfile"], Arity = ArgumentArity.ZeroOrMore };

    public static Command Create()
    {
        var command = new Command("lint", "Check Jenkinsfiles: syntax, Declarative structure, steps and their parameters.") { Files };
        command.SetAction(async (parsed, cancellation) =>
        {
            var errors = 0;
            foreach (var file in parsed.GetValue(Files)!)
            {
                errors += await CheckAsync(file, cancellation);
            }

            return errors == 0 ? ExitCodes.Success : ExitCodes.Failure;
        });
        return command;
    }

    private static async Task<int> CheckAsync(string file, CancellationToken cancellation)
    {
        var diagnostics = PipelineLinter.Check(new SourceText(file == "-" ? "Jenkinsfile" : file, await ReadAsync(file, cancellation)));
        foreach (var diagnostic in diagnostics)
        {
            Terminal.Line(diagnostic.Render());
        }

        var errors = diagnostics.Count(d => d.Severity == DiagnosticSeverity.Error);
        Terminal.Line(errors == 0 ? $"{file}: {Terminal.Green("fine")}" : $"{file}: {Terminal.Red(errors == 1 ? "1 error" : $"{errors} errors")}");
        return errors;
    }

    private static async Task<string> ReadAsync(string file, CancellationToken cancellation)
    {
        try
        {
            return file == "-" ? await Console.In.ReadToEndAsync(cancellation) : await File.ReadAllTextAsync(CallerPath.Of(file), cancellation);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{file} cannot be read: {fault.Message}");
        }
    }
}
