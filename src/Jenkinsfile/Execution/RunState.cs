using Slipway.Jenkinsfile.Execution.Replay;
using Slipway.Model;
using Slipway.Model.Events;
using Slipway.Model.Operations;

namespace Slipway.Jenkinsfile.Execution;

/// <summary>What the program said of its run so far: what <c>currentBuild</c> shows and sets.</summary>
internal sealed class RunState(RunJournal journal, Func<string, string> mask)
{
    private readonly HashSet<(string Url, string Commit)> _known = [];

    /// <summary>Null while nothing was said; a run that ends so is a success.</summary>
    public RunResult? Result { get; private set; }

    public string? DisplayName { get; private set; }

    public string? Description { get; private set; }

    /// <summary>What each checkout of this run brought.</summary>
    public List<IReadOnlyList<ChangeEntry>> ChangeSets { get; } = [];

    /// <summary>The ordinal of the last milestone; null before the first.</summary>
    public int? Milestone { get; set; }

    public RunResult CurrentResult => Result ?? RunResult.Success;

    /// <summary>Sets the result; as in Jenkins a result only gets worse, and a better one is left aside.</summary>
    public void Worsen(RunResult result)
    {
        if (Result is null || result > Result)
        {
            Result = result;
            journal.Show(new RunAnnotated(result, null, null));
        }
    }

    public void SetDisplayName(string name)
    {
        DisplayName = name;
        journal.Show(new RunAnnotated(null, mask(name), null));
    }

    public void SetDescription(string description)
    {
        Description = description;
        journal.Show(new RunAnnotated(null, null, mask(description)));
    }

    /// <summary>A revision that is checked out on several nodes brings its changes once.</summary>
    public void AddChanges(GitCheckedOut checkout)
    {
        if (checkout.Changes.Count > 0 && _known.Add((checkout.Url, checkout.Commit)))
        {
            ChangeSets.Add(checkout.Changes);
        }
    }

    public void Declare(JobPropertiesDeclared properties) => journal.Show(properties);
}
