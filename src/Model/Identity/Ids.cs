namespace Slipway.Model;

/// <summary>A job or folder, for as long as it exists; renaming keeps it.</summary>
public readonly record struct JobId(long Value)
{
    public override string ToString() => Value.ToString();
}

/// <summary>One execution of a job. Unique over all jobs; users see the number within the job instead.</summary>
public readonly record struct RunId(long Value)
{
    public override string ToString() => Value.ToString();
}

/// <summary>A request for a run that waits, or waited. Unique for ever.</summary>
public readonly record struct QueueItemId(long Value)
{
    public override string ToString() => Value.ToString();
}
