using Slipway.Jenkinsfile.Steps.Pods;

namespace Slipway.Jenkinsfile.Steps.Binding;

/// <summary>The symbols that steps and options take, by explicit table.</summary>
public static class SymbolCatalog
{
    private const string NoTriggers = "jobs are started by users, the API and other jobs for now.";
    private const string Speed = "it changes speed, not the outcome.";

    private const string NoCredentials = "there is no credentials store yet. Give secrets to the job as password parameters.";

    // The name is asked for where a parameter is read: string(credentialsId: …) is another thing by the same name.
    private static IReadOnlyList<StepParameter> ParameterBase { get; } = [StepParameter.Text("name"), StepParameter.Text("description")];

    private static IReadOnlyList<StepParameter> Binding { get; } = [StepParameter.Text("credentialsId").RefusedBecause(NoCredentials), StepParameter.Text("variable")];

    private static IReadOnlyList<SymbolDefinition> Parameters { get; } =
    [
        new("string") { Parameters = [.. ParameterBase, .. Binding, StepParameter.Text("defaultValue"), StepParameter.Flag("trim"), StepParameter.Text("value")], Classes = ["StringParameterDefinition", "StringParameterValue"] },
        new("text") { Parameters = [.. ParameterBase, StepParameter.Text("defaultValue"), StepParameter.Flag("trim"), StepParameter.Text("value")], Classes = ["TextParameterDefinition", "TextParameterValue"] },
        new("booleanParam") { Parameters = [.. ParameterBase, StepParameter.Flag("defaultValue"), StepParameter.Flag("value")], Classes = ["BooleanParameterDefinition", "BooleanParameterValue"] },
        new("choice") { Parameters = [.. ParameterBase, StepParameter.Any("choices"), StepParameter.Text("value")], Classes = ["ChoiceParameterDefinition"] },
        new("password") { Parameters = [.. ParameterBase, StepParameter.Text("defaultValue"), StepParameter.Text("defaultValueAsSecret"), StepParameter.Text("value")], Classes = ["PasswordParameterDefinition", "PasswordParameterValue"] },
        new("file") { Parameters = [.. ParameterBase, .. Binding], Classes = ["FileParameterDefinition"], Refused = "files cannot be given to a run yet; let the run fetch them." },
        new("credentials") { Classes = ["CredentialsParameterDefinition"], Refused = NoCredentials },
        new("run") { Classes = ["RunParameterDefinition"], Refused = "give the number of the run as a string parameter." },
    ];

    private static IReadOnlyList<SymbolDefinition> CredentialBindings { get; } =
    [
        new("usernamePassword") { Classes = ["UsernamePasswordMultiBinding"], Refused = NoCredentials },
        new("usernameColonPassword") { Classes = ["UsernamePasswordBinding"], Refused = NoCredentials },
        new("sshUserPrivateKey") { Classes = ["SSHUserPrivateKeyBinding"], Refused = NoCredentials },
        new("certificate") { Classes = ["CertificateMultiBinding"], Refused = NoCredentials },
        new("gitUsernamePassword") { Classes = ["GitUsernamePasswordBinding"], Refused = NoCredentials },
        new("dockerCert") { Refused = NoCredentials },
    ];

    private static IReadOnlyList<SymbolDefinition> Properties { get; } =
    [
        new("parameters") { Parameters = [StepParameter.List("parameterDefinitions").Required()], Main = "parameterDefinitions", Classes = ["ParametersDefinitionProperty"] },
        new("buildDiscarder") { Parameters = [StepParameter.Any("strategy").Required()], Main = "strategy", Classes = ["BuildDiscarderProperty"] },
        new("logRotator")
        {
            Parameters = [StepParameter.Text("daysToKeepStr"), StepParameter.Text("numToKeepStr"), StepParameter.Text("artifactDaysToKeepStr"), StepParameter.Text("artifactNumToKeepStr"), StepParameter.Flag("removeLastBuild").Ignored("the last run is kept.")],
            Classes = ["LogRotator"],
        },
        new("disableConcurrentBuilds") { Parameters = [StepParameter.Flag("abortPrevious")], Classes = ["DisableConcurrentBuildsJobProperty"] },
        new("durabilityHint") { Parameters = [StepParameter.Text("hint").Ignored("every run is durable.")], Main = "hint", Classes = ["DurabilityHintJobProperty"] },
        new("disableResume") { Classes = ["DisableResumeJobProperty"], Refused = "a run always goes on after a restart; leave it out." },
        new("preserveStashes") { Parameters = [StepParameter.Integer("buildCount")], Classes = ["PreserveStashesJobProperty"], Refused = "stages cannot be restarted yet, so nothing would use the stashes." },
        new("githubProjectProperty") { Parameters = [StepParameter.Text("projectUrlStr").Ignored("it is shown nowhere yet."), StepParameter.Text("displayName").Ignored("it is shown nowhere yet.")], Main = "projectUrlStr", Classes = ["GithubProjectProperty"] },
        new("pipelineTriggers") { Parameters = [StepParameter.List("triggers").Required()], Main = "triggers", Classes = ["PipelineTriggersJobProperty"] },
        new("cron") { Parameters = [StepParameter.Text("spec").Required()], Main = "spec", Classes = ["TimerTrigger"], Refused = NoTriggers },
        new("pollSCM") { Parameters = [StepParameter.Text("scmpoll_spec").Required()], Main = "scmpoll_spec", Classes = ["SCMTrigger"], Refused = NoTriggers },
        new("upstream") { Parameters = [StepParameter.Text("upstreamProjects"), StepParameter.Text("threshold")], Main = "upstreamProjects", Classes = ["ReverseBuildTrigger"], Refused = NoTriggers },
        new("githubPush") { Classes = ["GitHubPushTrigger"], Refused = NoTriggers },
    ];

    private static IReadOnlyList<SymbolDefinition> Scm { get; } =
    [
        new("scmGit")
        {
            Parameters =
            [
                StepParameter.List("userRemoteConfigs"), StepParameter.List("branches"), StepParameter.List("extensions"),
                StepParameter.Flag("doGenerateSubmoduleConfigurations").Ignored("it does nothing in Jenkins either."),
                StepParameter.List("submoduleCfg").Ignored("it does nothing in Jenkins either."),
                StepParameter.Any("browser").Ignored("changes link to no browser yet."),
                StepParameter.Text("gitTool").Ignored("the node's git program is used."),
                StepParameter.Flag("changelog", true), StepParameter.Flag("poll", true),
            ],
            Classes = ["GitSCM"],
        },
        new("userRemoteConfig")
        {
            Parameters = [StepParameter.Text("url"), StepParameter.Text("credentialsId"), StepParameter.Text("name").Ignored("the remote is called origin."), StepParameter.Text("refspec").Ignored("all branches and tags are fetched.")],
            Classes = ["UserRemoteConfig"],
        },
        new("relativeTargetDirectory") { Parameters = [StepParameter.Text("relativeTargetDir").Required()], Main = "relativeTargetDir", Classes = ["RelativeTargetDirectory"] },
        new("cloneOption")
        {
            Parameters =
            [
                StepParameter.Flag("shallow").Ignored(Speed), StepParameter.Flag("noTags").Ignored(Speed), StepParameter.Text("reference").Ignored(Speed),
                StepParameter.Integer("depth").Ignored(Speed), StepParameter.Integer("timeout").Ignored("use the timeout step."), StepParameter.Flag("honorRefspec").Ignored(Speed),
            ],
            Classes = ["CloneOption"],
        },
        new("checkoutOption") { Parameters = [StepParameter.Integer("timeout").Ignored("use the timeout step.")], Classes = ["CheckoutOption"] },
        new("localBranch") { Parameters = [StepParameter.Text("localBranch").Ignored("the commit is checked out without a branch; use git switch -c where one is needed.")], Main = "localBranch", Classes = ["LocalBranch"] },
        new("pruneStaleBranch") { Classes = ["PruneStaleBranch"] },
        new("cleanBeforeCheckout") { Parameters = [StepParameter.Flag("deleteUntrackedNestedRepositories").Ignored("they are deleted.")], Classes = ["CleanBeforeCheckout"] },
        new("cleanAfterCheckout") { Parameters = [StepParameter.Flag("deleteUntrackedNestedRepositories").Ignored("they are deleted.")], Classes = ["CleanCheckout"] },
        new("wipeWorkspace") { Classes = ["WipeWorkspace"] },
        new("submodule") { Parameters = [], Classes = ["SubmoduleOption"], Refused = "submodules are not fetched yet; run 'git submodule update --init' with sh." },
        new("lfs") { Classes = ["GitLFSPull"], Refused = "run 'git lfs pull' with sh." },
    ];

    /// <summary>Every symbol, in the order of the documents.</summary>
    public static IReadOnlyList<SymbolDefinition> All { get; } = [.. Parameters, .. CredentialBindings, .. Properties, .. Scm, .. PodSymbols.All, .. RetryStep.Conditions];

    public static SymbolDefinition? Find(string name) => All.FirstOrDefault(s => s.Name == name);
}
