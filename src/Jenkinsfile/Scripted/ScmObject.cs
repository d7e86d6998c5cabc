using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Jenkinsfile.Steps.Scm;
using Slipway.Model.Events;

namespace Slipway.Jenkinsfile.Scripted;

/// <summary><c>scm</c>: the repository and the very commit that the Jenkinsfile came from.</summary>
internal sealed class ScmObject(ScmRevision revision) : HostObject
{
    public override string TypeName => "hudson.plugins.git.GitSCM";

    protected override IReadOnlyList<string> Properties => ["userRemoteConfigs", "branches", "extensions", "key"];

    public GitSource ToSource() => new(revision.Url, revision.Refs.Count > 0 ? revision.Refs : [revision.Branch]) { Commit = revision.Commit, CredentialsId = revision.CredentialsId };

    protected override bool TryGet(string name, StepContext context, out object? value)
    {
        value = name switch
        {
            "userRemoteConfigs" => ScriptValues.ListOf([new ScmRemoteObject(revision)]),
            "branches" => ScriptValues.ListOf(revision.Refs.Select(r => new ScmBranchObject(r))),
            "extensions" => ScriptValues.ListOf([]),
            "key" => $"git {revision.Url}",
            _ => null,
        };
        return Properties.Contains(name);
    }
}

internal sealed class ScmRemoteObject(ScmRevision revision) : HostObject
{
    public override string TypeName => "hudson.plugins.git.UserRemoteConfig";

    protected override IReadOnlyList<string> Properties => ["url", "name", "refspec", "credentialsId"];

    public StepArguments ToArguments() => new("userRemoteConfigs", new Dictionary<string, object?> { ["url"] = revision.Url, ["credentialsId"] = revision.CredentialsId });

    protected override bool TryGet(string name, StepContext context, out object? value)
    {
        value = name switch
        {
            "url" => revision.Url,
            "name" => "origin",
            "refspec" => "+refs/heads/*:refs/remotes/origin/*",
            "credentialsId" => revision.CredentialsId,
            _ => null,
        };
        return Properties.Contains(name);
    }
}

internal sealed class ScmBranchObject(string name) : HostObject
{
    public override string TypeName => "hudson.plugins.git.BranchSpec";

    protected override IReadOnlyList<string> Properties => ["name"];

    public override string ToString() => name;

    protected override bool TryGet(string property, StepContext context, out object? value)
    {
        value = property == "name" ? name : null;
        return value is not null;
    }
}
