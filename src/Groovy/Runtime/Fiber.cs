using System.Diagnostics;
using System.Runtime.CompilerServices;
using Slipway.Groovy.Compilation;

namespace Slipway.Groovy.Runtime;

/// <summary>
/// One line of execution in a script: the body of the script, or one branch of <c>parallel</c>. Its calls stand on a stack of its own, so that it can stop
/// at any host call and go on when that one is done. A fiber is used by one caller at a time; all fibers of a run must be resumed by one scheduler.
/// </summary>
public sealed partial class Fiber
{
    // Nested library calls (each inside each …) use the CLR's stack; after so many the rest runs on a fresh one.
    private const int NestingPerStack = 60;
    private const int Quantum = 8192;

    // toString() in toString(), equals() in equals(): each costs several kilobytes of the CLR's stack.
    private const int DeepestSynchronous = 80;

    [ThreadStatic]
    private static Fiber? _current;

    internal object?[] Stack = new object?[64];
    internal int Sp;
    private Frame[] _frames = new Frame[8];
    private int _depth;
    private int _nesting;
    private int _fuel = Quantum;
    private object? _result;
    private ValueTask<object?> _pending;
    private int _pendingResultAt;
    private bool _pendingDiscards;
    private GroovyException? _interrupt;
    private long _computingSince;
    private readonly List<object> _held = [];
    private Fiber? _helper;
    private Fiber? _parent;
    private int _synchronousDepth;

    internal Fiber(Interpreter interpreter, object? context)
    {
        Interpreter = interpreter;
        Context = context;
    }

    /// <summary>The fiber whose code runs on this thread, if any.</summary>
    internal static Fiber? Current => _current;

    public Interpreter Interpreter { get; }

    /// <summary>The host's surroundings of the code that runs now; host calls see it as <see cref="HostScope.Context"/>.</summary>
    public object? Context { get; private set; }

    public HostScope Scope => new(this, Context);

    /// <summary>How many calls stand on its stack.</summary>
    public int Depth => _depth;

    /// <summary>Where it stands: <c>file:line:column</c> of each call, innermost first.</summary>
    public IReadOnlyList<string> Places => Trace(64);

    /// <summary>
    /// Throws an exception into the running code at its next step, from any thread, even into an endless loop. A fiber that waits for the host sees it when the
    /// host's call comes back.
    /// </summary>
    public void Interrupt(GroovyException exception) => Volatile.Write(ref _interrupt, exception);

    /// <summary>Calls a closure, or the <c>call</c> method of anything else.</summary>
    /// <exception cref="GroovyException">What the script threw.</exception>
    public ValueTask<object?> CallAsync(object? callable, params ReadOnlySpan<object?> args)
    {
        // The commonest way in (every closure that the library calls), so without the delegate that Start takes.
        var start = Push(args);
        var depth = _depth;
        var outer = _current;
        _current = this;
        var outcome = Outcome.Done;
        Exception? failure = null;
        try
        {
            outcome = CallValue(callable, start, args.Length, start, "call", discards: false);
        }
        catch (Exception e)
        {
            failure = e;
        }

        _current = outer;
        return failure is null ? Proceed(outcome, depth, start) : throw Fail(failure, depth, start);
    }

    /// <summary>As <see cref="CallAsync(object?, ReadOnlySpan{object?})"/>, with a context that all host calls inside see until it returns, in whatever way it returns.</summary>
    public async ValueTask<object?> CallAsync(object? callable, IReadOnlyList<object?> args, object? hostContext)
    {
        var outer = Context;
        Context = hostContext;
        try
        {
            return await CallAsync(callable, args.ToArray().AsSpan());
        }
        finally
        {
            Context = outer;
        }
    }

    /// <summary>Calls a method of a value as a script would.</summary>
    public ValueTask<object?> CallMethodAsync(object? target, string name, params ReadOnlySpan<object?> args)
    {
        var start = Sp;
        Reserve(args.Length + 1);
        Stack[Sp++] = target;
        Push(args);
        var count = args.Length;
        return Start(start, f => f.CallMethod(start, count, name, null));
    }

    public ValueTask<object?> GetPropertyAsync(object? target, string name)
    {
        var start = Sp;
        Reserve(1);
        return Start(start, f => f.GetProperty(target, name, start));
    }

    public ValueTask<object?> SetPropertyAsync(object? target, string name, object? value)
    {
        var start = Sp;
        Reserve(2);
        return Start(start, f => f.SetProperty(target, name, value, start) is var outcome && outcome == Outcome.Done ? f.PushNull() : outcome);
    }

    /// <summary>Makes an object as <c>new</c> does.</summary>
    internal ValueTask<object?> NewAsync(GroovyClass @class, params ReadOnlySpan<object?> args)
    {
        var start = Push(args);
        var count = args.Length;
        return Start(start, f => f.New(@class, start, count, null));
    }

    internal ValueTask<object?> RunAsync(FunctionCode code, object? self, UserClass? @class)
    {
        var start = Sp;
        return Start(start, f => f.Enter(code, self, null, [], @class, start, 0, start, FrameFlags.None));
    }

    /// <summary>Calls into the script from library code that cannot wait: comparison, hashing, text. A step that would wait there is an error.</summary>
    internal object? CallSync(object? callable, params ReadOnlySpan<object?> args) => Synchronously(Helper().CallAsync(callable, args));

    /// <inheritdoc cref="CallSync"/>
    internal object? CallMethodSync(object? target, string name, params ReadOnlySpan<object?> args) => Synchronously(Helper().CallMethodAsync(target, name, args));

    internal void EnterContext(object? context) => Context = context;

    /// <summary>Says that a value of about so many bytes was made; ends the run where all of them are too many.</summary>
    internal void Charge(long bytes) => Interpreter.Memory.Charge(bytes, this);

    /// <summary>Counts work of the library that no instruction stands for, such as a long copy.</summary>
    internal void Work(int amount)
    {
        _fuel -= amount;
        if (_fuel < 0)
        {
            Check();
        }
    }

    /// <summary>
    /// Shows what a method of the library is still making, and nobody else can reach yet, to the measuring of memory. To be disposed in reverse order.
    /// </summary>
    internal HeldValue Hold(object value)
    {
        _held.Add(value);
        return new HeldValue(_held, _held.Count - 1);
    }

    /// <summary>Visits what keeps values of a run alive, for measuring them.</summary>
    internal void ForEachRoot(Action<object?> visit)
    {
        foreach (var value in Stack.AsSpan(0, Sp))
        {
            visit(value);
        }

        foreach (var value in _held)
        {
            visit(value);
        }

        _helper?.ForEachRoot(visit);
    }

    internal readonly struct HeldValue(List<object> held, int index) : IDisposable
    {
        public void Dispose() => held.RemoveRange(index, held.Count - index);
    }

    internal static void Leave() => _current = null;

    // The running loop holds this fiber's stack in its hands, so calls out of its middle get a stack of their own.
    private Fiber Helper()
    {
        // A fixed number, so that a replay fails where the first run failed whatever stack it has.
        if (_synchronousDepth >= DeepestSynchronous)
        {
            throw Throw.New("java.lang.StackOverflowError", null);
        }

        _helper ??= new Fiber(Interpreter, Context) { _parent = this, _synchronousDepth = _synchronousDepth + 1 };
        _helper.Context = Context;
        return _helper;
    }

    private object? Synchronously(ValueTask<object?> call)
    {
        if (!call.IsCompleted)
        {
            throw Throw.IllegalState("A step that waits cannot be used in toString(), equals(), hashCode(), compareTo() or a closure inside a string, because the value is needed at once. Call the step before and use its result.");
        }

        return call.GetAwaiter().GetResult();
    }

    private int Push(ReadOnlySpan<object?> values)
    {
        Reserve(values.Length + 1);
        var start = Sp;
        values.CopyTo(Stack.AsSpan(Sp));
        Sp += values.Length;
        return start;
    }

    private Outcome PushNull()
    {
        Stack[Sp++] = null;
        return Outcome.Done;
    }

    private void Reserve(int count)
    {
        if (Sp + count > Stack.Length)
        {
            Array.Resize(ref Stack, Math.Max(Stack.Length * 2, Sp + count));
        }
    }

    private ValueTask<object?> Start(int start, Func<Fiber, Outcome> call)
    {
        var depth = _depth;
        var outer = _current;
        _current = this;
        var outcome = Outcome.Done;
        Exception? failure = null;
        try
        {
            outcome = call(this);
        }
        catch (Exception e)
        {
            failure = e;
        }

        _current = outer;
        return failure is null ? Proceed(outcome, depth, start) : throw Fail(failure, depth, start);
    }

    private Exception Fail(Exception exception, int depth, int start)
    {
        Abandon(depth, start);
        return exception is OperationCanceledException ? exception : Throw.Translate(exception);
    }

    private ValueTask<object?> Proceed(Outcome outcome, int depth, int start)
    {
        switch (outcome)
        {
            case Outcome.Done:
                return new ValueTask<object?>(Take(start));
            case Outcome.Suspended:
                return AwaitPending(depth, start);
        }

        if (_nesting > 0 && _nesting % NestingPerStack == 0)
        {
            return OnFreshStack(depth, start);
        }

        return RunTo(depth, start) ? new ValueTask<object?>(TakeResult(start)) : AwaitPending(depth, start);
    }

    private async ValueTask<object?> OnFreshStack(int depth, int start)
    {
        await Task.Yield();
        return RunTo(depth, start) ? TakeResult(start) : await AwaitPending(depth, start);
    }

    private object? Take(int start)
    {
        var value = Stack[--Sp];
        Stack[Sp] = null;
        Sp = start;
        return value;
    }

    private object? TakeResult(int start)
    {
        var value = _result;
        _result = null;
        Sp = start;
        return value;
    }

    private async ValueTask<object?> AwaitPending(int depth, int start)
    {
        _nesting++;
        try
        {
            while (true)
            {
                var pending = _pending;
                var resultAt = _pendingResultAt;
                var discards = _pendingDiscards;
                _pending = default;
                GroovyException? failure = null;
                object? value = null;
                try
                {
                    value = await pending;
                }
                catch (OperationCanceledException)
                {
                    Abandon(depth, start);
                    throw;
                }
                catch (Exception e)
                {
                    failure = Throw.Translate(e);
                }

                _current = this;
                _computingSince = Stopwatch.GetTimestamp();
                failure = Interlocked.Exchange(ref _interrupt, null) ?? failure;
                if (failure is not null)
                {
                    if (!Unwind(failure.Value, depth))
                    {
                        Abandon(depth, start);
                        throw failure;
                    }
                }
                else if (_depth == depth)
                {
                    // The call itself was the host's: nothing of the script is left to run.
                    Sp = start;
                    return value;
                }
                else
                {
                    Sp = resultAt;
                    if (!discards)
                    {
                        Stack[Sp++] = value;
                    }
                }

                if (RunTo(depth, start))
                {
                    _current = this;
                    return TakeResult(start);
                }
            }
        }
        finally
        {
            _nesting--;
        }
    }

    // Runs until the stack is as deep as before the call; false where the fiber waits.
    private bool RunTo(int depth, int start)
    {
        var outer = _current;
        _current = this;
        _nesting++;
        if (_nesting == 1)
        {
            _computingSince = Stopwatch.GetTimestamp();
        }

        try
        {
            RuntimeHelpers.EnsureSufficientExecutionStack();
            while (true)
            {
                Exception caught;
                try
                {
                    return Execute(depth);
                }
                catch (Exception e)
                {
                    // Thrown on from outside the handler: inside it the stack below is not free yet, and deep calls would pile up.
                    caught = e;
                }

                if (caught is OperationCanceledException)
                {
                    Abandon(depth, start);
                    throw caught;
                }

                var failure = Throw.Translate(caught);
                if (!Unwind(failure.Value, depth))
                {
                    Abandon(depth, start);
                    throw failure;
                }
            }
        }
        finally
        {
            _nesting--;
            _current = outer;
        }
    }

    // Takes everything above a place off the stack.
    private void Abandon(int depth, int start)
    {
        while (_depth > depth)
        {
            _frames[--_depth].Release();
        }

        if (Sp > start)
        {
            Array.Clear(Stack, start, Math.Min(Stack.Length, Sp) - start);
        }

        Sp = start;
    }

    /// <summary>Finds the handler of an exception above a depth and puts the fiber there.</summary>
    private bool Unwind(ThrowableValue thrown, int depth)
    {
        if (thrown.Trace.Count == 0)
        {
            thrown.Trace.AddRange(Trace(100));
            thrown.Origin = _depth > 0 ? _frames[_depth - 1].Place : null;
        }

        if (!thrown.IsUncatchable)
        {
            while (_depth > depth)
            {
                var frame = _frames[_depth - 1];
                var at = frame.Pc - 1;
                foreach (var handler in frame.Code.Handlers)
                {
                    if (at >= handler.Start && at < handler.End && (handler.Types is null || Catches(handler.Types, thrown)))
                    {
                        var sp = frame.Base + frame.Code.LocalCount;
                        if (Sp > sp)
                        {
                            Array.Clear(Stack, sp, Sp - sp);
                        }

                        Sp = sp;
                        Stack[Sp++] = thrown.ForScript;
                        frame.Pc = handler.Target;
                        return true;
                    }
                }

                _depth--;
                frame.Release();
            }
        }

        return false;
    }

    private bool Catches(TypeRef[] types, ThrowableValue thrown)
    {
        foreach (var type in types)
        {
            var @class = Interpreter.TryResolve(type);
            var wanted = @class switch
            {
                BuiltinClass native => native.Throwable?.Name,
                UserClass user => user.Throwable?.Name,
                null => Interpreter.HostThrowableName(type),
                _ => @class.Name,
            };
            if (wanted is not null && thrown.Class.Is(wanted))
            {
                return true;
            }
        }

        return false;
    }

    private List<string> Trace(int most)
    {
        var trace = new List<string>();
        for (var i = _depth - 1; i >= 0 && trace.Count < most; i--)
        {
            var frame = _frames[i];
            trace.Add(frame.Place + " in " + (frame.Code.Kind == FunctionKind.Closure ? "closure" : frame.Code.Name));
        }

        return trace;
    }

    // Every so many instructions: limits, cancellation, interruption.
    private void Check()
    {
        Interpreter.Count(Quantum - _fuel);
        _fuel = Quantum;
        TakeInterrupt();
        Interpreter.CancellationToken.ThrowIfCancellationRequested();
        Interpreter.Checkpoint?.Invoke(Scope);
        var most = Interpreter.Limits.Computation;
        if (most != Timeout.InfiniteTimeSpan && Stopwatch.GetElapsedTime(_computingSince) > most)
        {
            throw Throw.Limit($"The script computed for more than {most.TotalSeconds:0.#} s without running a step. If it waits for something, use a step that waits (waitUntil, sleep).");
        }
    }

    private void TakeInterrupt()
    {
        if (Volatile.Read(ref _interrupt) is not null && Interlocked.Exchange(ref _interrupt, null) is { } interrupt)
        {
            throw interrupt;
        }

        _parent?.TakeInterrupt();
    }

    internal enum Outcome
    {
        /// <summary>The result stands on the stack.</summary>
        Done,

        /// <summary>A frame was pushed; the result comes when it returns.</summary>
        Entered,

        /// <summary>The host was called and is not done yet.</summary>
        Suspended,
    }
}
