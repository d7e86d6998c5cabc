using System.CommandLine;
using Slipway.Cli.Commands;
using Slipway.Cli.Output;
using Slipway.Server.Settings;

namespace Slipway.Cli;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        var root = new RootCommand("Slipway runs Jenkinsfiles on agents that exist only while they are needed.")
        {
            RunCommand.Create(),
            LintCommand.Create(),
            ServerCommand.Create(),
            ConfigCommand.Create(),
            DemoCommand.Create(),
        };
        var parsed = root.Parse(args);
        if (UnknownOptions.In(parsed, args) is { Count: > 0 } unknown)
        {
            unknown.ForEach(Terminal.Error);
            Terminal.Error(UnknownOptions.SeeHelp(parsed));
            return ExitCodes.Usage;
        }

        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                Terminal.Error(error.Message);
            }

            Terminal.Error("See 'slipway --help'.");
            return ExitCodes.Usage;
        }

        try
        {
            // 'run' answers Ctrl-C itself: it stops the run and shows its end. The library would cancel everything, and end the process two seconds later.
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false };
            if (parsed.CommandResult.Command.Name == RunCommand.Name)
            {
                configuration.ProcessTerminationTimeout = null;
            }

            return await parsed.InvokeAsync(configuration);
        }
        catch (Exception fault) when (fault is SettingsException or UsageException)
        {
            Terminal.Error(fault.Message);
            return ExitCodes.Usage;
        }
    }
}

/// <summary>The command cannot begin; the message says why and what to do.</summary>
internal sealed class UsageException(string message) : Exception(message);
