using System.Text;
using Slipway.Agent;
using Slipway.Agent.Connection;
using Slipway.Agent.Processes;

return args switch
{
    [Supervisor.Verb] => Supervisor.Run(),
    ["-version" or "--version"] => Say(AgentVersion.Text),
    ["-help" or "--help" or "-h"] => Say(CommandLine.Help),
    _ => Start(args),
};

static int Say(string text)
{
    Native.WriteAll(1, Encoding.UTF8.GetBytes(text + "\n"));
    return ExitCode.Done;
}

static int Start(string[] arguments)
{
    AgentSettings settings;
    try
    {
        settings = CommandLine.Parse(arguments, Environment.GetEnvironmentVariable);
    }
    catch (UsageException exception)
    {
        new AgentLog(file: null).Write(exception.Message);
        return ExitCode.WrongUsage;
    }

    if (settings.IsDetached)
    {
        Detachment.Leave(settings.LogFile!);
    }

    var log = new AgentLog(settings.IsDetached ? null : settings.LogFile);
    try
    {
        return AgentRunner.RunAsync(settings, log).GetAwaiter().GetResult();
    }
    catch (WorkDirectoryException exception)
    {
        log.Write(exception.Message);
        return ExitCode.WorkDirectory;
    }
    catch (Exception exception)
    {
        log.Write($"The agent failed: {exception}");
        return ExitCode.Failed;
    }
}
