using System.Globalization;
using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model.Operations;

namespace Slipway.Jenkinsfile.Scripted;

/// <summary>One of <c>currentBuild.changeSets</c>: the commits that a checkout brought.</summary>
internal sealed class ChangeSetObject(IReadOnlyList<ChangeEntry> changes) : HostObject
{
    public override string TypeName => "hudson.plugins.git.GitChangeSetList";

    protected override IReadOnlyList<string> Properties => ["items", "logs", "kind", "emptySet"];

    protected override bool TryGet(string name, StepContext context, out object? value)
    {
        value = name switch
        {
            "items" or "logs" => ScriptValues.ListOf(changes.Select(c => new ChangeObject(c))),
            "kind" => "git",
            "emptySet" => changes.Count == 0,
            _ => null,
        };
        return value is not null;
    }
}

internal sealed class ChangeObject(ChangeEntry change) : HostObject
{
    public override string TypeName => "hudson.plugins.git.GitChangeSet";

    protected override IReadOnlyList<string> Properties =>
        ["commitId", "id", "revision", "author", "authorName", "authorEmail", "timestamp", "date", "msg", "comment", "commentAnnotated", "title", "affectedPaths", "affectedFiles", "paths"];

    protected override bool TryGet(string name, StepContext context, out object? value)
    {
        value = name switch
        {
            "commitId" or "id" or "revision" => change.Commit,
            "author" => new ChangeAuthor(change),
            "authorName" => change.Author,
            "authorEmail" => change.AuthorEmail,
            "timestamp" => change.Time.ToUnixTimeMilliseconds(),
            "date" => change.Time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss '+0000'", CultureInfo.InvariantCulture),
            "msg" or "title" => change.Title,
            "comment" or "commentAnnotated" => change.Message + "\n",
            "affectedPaths" => ScriptValues.ListOf(change.Paths),
            "affectedFiles" or "paths" => ScriptValues.ListOf(change.Paths.Select((path, i) => new ChangedFile(path, change.EditType(i)))),
            _ => null,
        };
        return value is not null;
    }
}

/// <summary>Who wrote a commit; in a text it is the name, as in Jenkins.</summary>
internal sealed class ChangeAuthor(ChangeEntry change) : HostObject
{
    public override string TypeName => "hudson.model.User";

    protected override IReadOnlyList<string> Properties => ["fullName", "displayName", "id"];

    public override string ToString() => change.Author;

    protected override bool TryGet(string name, StepContext context, out object? value)
    {
        value = Properties.Contains(name) ? change.Author : null;
        return value is not null;
    }
}

internal sealed class ChangedFile(string path, string editType) : HostObject
{
    public override string TypeName => "hudson.plugins.git.GitChangeSet$Path";

    protected override IReadOnlyList<string> Properties => ["path", "file", "editType"];

    public override string ToString() => path;

    protected override bool TryGet(string name, StepContext context, out object? value)
    {
        value = name switch
        {
            "path" or "file" => path,
            "editType" => new EditType(editType),
            _ => null,
        };
        return value is not null;
    }

    private sealed class EditType(string name) : HostObject
    {
        public override string TypeName => "hudson.scm.EditType";

        protected override IReadOnlyList<string> Properties => ["name"];

        public override string ToString() => name;

        protected override bool TryGet(string property, StepContext context, out object? value)
        {
            value = property == "name" ? name : null;
            return value is not null;
        }
    }
}
