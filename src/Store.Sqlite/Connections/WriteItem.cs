namespace Slipway.Store.Sqlite.Connections;

/// <summary>A change that waits for its commit, and the task of whoever waits for it.</summary>
internal abstract class WriteItem(bool isAtomic)
{
    /// <summary>It throws <see cref="StoreException"/> only before it has changed anything.</summary>
    public bool IsAtomic { get; } = isAtomic;

    public abstract void Apply(Session session);

    /// <summary>It was undone alone; told at once, whatever comes of the others.</summary>
    public abstract void Refuse(Exception failure);

    public abstract void Complete();

    public abstract void Fail(Exception failure);
}

internal sealed class WriteItem<T>(Func<Session, T> change, bool isAtomic) : WriteItem(isAtomic)
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Task => _done.Task;

    public override void Apply(Session session) => _result = change(session);

    public override void Refuse(Exception failure) => _done.TrySetException(failure);

    public override void Complete() => _done.TrySetResult(_result!);

    public override void Fail(Exception failure) => _done.TrySetException(failure);
}
