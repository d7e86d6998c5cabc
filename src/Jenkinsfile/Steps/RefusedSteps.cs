namespace Slipway.Jenkinsfile.Steps;

/// <summary>Steps that are known and wanted but not there yet. Each says what to do meanwhile; none is ignored.</summary>
internal static class RefusedSteps
{
    private const string NoCredentials = "there is no credentials store yet. Give secrets to the job as password parameters.";
    private const string NoMail = "the server does not send mail yet.";

    public static IReadOnlyList<StepDefinition> All { get; } =
    [
        Step("input", "Waits for a person's decision.", "runs cannot ask people yet. Use a parameter of the job instead.", StepBlock.None, "message"),
        Step("withCredentials", "Provides credentials to its block.", NoCredentials, StepBlock.Required, "bindings"),
        Step("sshagent", "Provides SSH keys to its block.", NoCredentials, StepBlock.Required, "credentials"),
        Step("library", "Loads a shared library.", "shared libraries are not loaded yet. Use load for a file of the repository.", StepBlock.None, "identifier"),
        Step("libraryResource", "Reads a file of a shared library.", "shared libraries are not loaded yet. Use readFile.", StepBlock.None, "resource"),
        Step("tool", "The directory of an installed tool.", "tools are not installed by the server; use what is on the node's PATH.", StepBlock.None, "name"),
        Step("mail", "Sends a mail.", NoMail, StepBlock.None, "subject"),
        Step("emailext", "Sends a mail.", NoMail, StepBlock.None, "subject"),
        Step("waitForBuild", "Waits for a run of another job.", "use build, which waits for the run it starts.", StepBlock.None, "runId"),
        Step("copyArtifacts", "Copies artifacts of another job.", "fetch them with sh over the HTTP API.", StepBlock.None, "projectName"),
    ];

    private static StepDefinition Step(string name, string summary, string reason, StepBlock block, string? main) => new()
    {
        Name = name,
        Summary = summary,
        Refused = reason,
        Block = block,
        TakesAnything = true,
        Main = main,
    };
}
