using System.Text;
using Slipway.Agent;
using Slipway.Agent.Connection;
using Slipway.Agent.Containers;
using Slipway.Agent.Processes;

return Run(args);

static int Run(string[] arguments) => arguments switch
{
    [Supervisor.Verb] => Supervisor.Run(),
    [Shim.Verb, .. var rest] => Shim.Run(rest),
    [Installation.Verb, .. var rest] => Installation.Run(rest, Run),
    [ReachabilityCheck.Verb, .. var rest] => ReachabilityCheck.Run(rest),
    ["-version" or "--version"] => Say(AgentVersion.Text),
    ["-help" or "--help" or "-h"] => Say(CommandLine.Help.Replace("{roles}", string.Join('\n', Installation.Help, ShimSettings.Help, ReachabilityCheck.Help), StringComparison.Ordinal)),
    _ => Start(arguments),
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

    OwnSecret.Hide(settings.Secret);
    OwnSecret.Hide(Environment.GetEnvironmentVariable("JENKINS_SECRET") ?? "");
    if (settings.Container is not null)
    {
        OwnSecret.Close();
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
