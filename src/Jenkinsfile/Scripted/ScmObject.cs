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
            "userRemoteConfigs" => ScriptValues.ListOf([ScriptValues.MapOf([new("url", revision.Url), new("credentialsId", revision.CredentialsId)])]),
            "branches" => ScriptValues.ListOf(revision.Refs.Select(r => ScriptValues.MapOf([new("name", r)]))),
            "extensions" => ScriptValues.ListOf([]),
            "key" => $"git {revision.Url}",
            _ => null,
        };
        return Properties.Contains(name);
    }
}
