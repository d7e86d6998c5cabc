using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Tests.Runtime;

public sealed class SuspensionTests
{
    [Theory]
    [InlineData("def a = step(1) + step(2); a * 10", 30)]
    [InlineData("[1, 2, 3].collect { step(it) * 2 }.sum()", 12)]
    [InlineData("def f(x) { step(x) + 1 }; f(f(1))", 3)]
    [InlineData("def m = [a: step(1), b: step(2)]; m.b - m.a", 1)]
    [InlineData("\"${step(4)}\".toInteger()", 4)]
    [InlineData("def s = 0; for (i in 1..3) { s += step(i) }; s", 6)]
    [InlineData("def s = 0; while (step(s) < 5) { s++ }; s", 5)]
    [InlineData("step(true) && step(false) ? 1 : step(2)", 2)]
    [InlineData("try { step(1); throw new Exception('x') } catch (e) { step(5) } finally { step(9) }", 5)]
    [InlineData("class A { int v; A(x) { v = step.call(x) } }; 7", 7)]
    [InlineData("[3, 1, 2].sort { a, b -> step(a) <=> step(b) }[0]", 1)]
    [InlineData("def c = { a, b -> step(a) - b }.curry(10); c(3)", 7)]
    [InlineData("switch (step(2)) { case 1: 10; break; case { step(it) == 2 }: 20; break; default: 30 }", 20)]
    [InlineData("def d = [:].withDefault { step(it) }; d[4] + d[4]", 8)]
    [InlineData("(1..3).inject(0) { a, b -> step(a) + step(b) }", 6)]
    [InlineData("def x = [1, 2]*.with { step(it) }; x.sum()", 3)]
    public async Task A_host_call_may_wait_anywhere_in_an_expression(string script, int expected)
    {
        var run = new ScriptRun();
        var calls = new Queue<TaskCompletionSource<object?>>();
        var arguments = new Queue<object?>();
        run.Functions["step"] = call =>
        {
            var source = new TaskCompletionSource<object?>();
            calls.Enqueue(source);
            arguments.Enqueue(call.Positional[0]);
            return new ValueTask<object?>(source.Task);
        };

        var task = run.Start(script);
        while (!task.IsCompleted)
        {
            Assert.Single(calls);
            calls.Dequeue().SetResult(arguments.Dequeue());
        }

        Assert.Equal(expected, await task);
    }

    [Fact]
    public async Task What_a_host_call_throws_later_can_be_caught_where_it_was_called()
    {
        var run = new ScriptRun();
        var source = new TaskCompletionSource<object?>();
        run.Functions["step"] = _ => new ValueTask<object?>(source.Task);

        var task = run.Start("try { [1].each { step() } } catch (IOException e) { return e.message }");
        source.SetException(Interpreter.NewException(ThrowableClass.Find("java.io.FileNotFoundException")!, "gone"));

        Assert.Equal("gone", await task);
    }

    [Fact]
    public async Task An_uncaught_exception_says_the_place_of_each_call()
    {
        var run = new ScriptRun();
        var thrown = await Assert.ThrowsAsync<GroovyException>(() => run.Start("""
            def inner() {
                throw new IllegalStateException('bad')
            }
            [1].each {
                inner()
            }
            """));

        Assert.Equal("java.lang.IllegalStateException: bad", thrown.Value.ToString());
        Assert.Equal(["Jenkinsfile:2:5 in inner", "Jenkinsfile:5:5 in closure", "Jenkinsfile:4:1 in run"], thrown.Value.Trace);
    }

    [Fact]
    public async Task Two_fibers_wait_and_go_on_independently()
    {
        var run = new ScriptRun();
        var waiting = new Dictionary<string, TaskCompletionSource<object?>>();
        run.Functions["step"] = call =>
        {
            var source = waiting[(string)call.Positional[0]!] = new TaskCompletionSource<object?>();
            return new ValueTask<object?>(source.Task);
        };
        run.Functions["branches"] = async call =>
        {
            var both = ((GroovyMap)call.Positional[0]!).Select(b => run.Interpreter.NewFiber().CallAsync(b.Value).AsTask()).ToList();
            return new GroovyList(await Task.WhenAll(both));
        };

        var task = run.Start("def log = []; branches([a: { log << 'a1'; step('a'); log << 'a2'; 1 }, b: { log << 'b1'; step('b'); log << 'b2'; 2 }]); log.join(' ')");
        waiting["b"].SetResult(null);
        waiting["a"].SetResult(null);

        Assert.Equal("a1 b1 b2 a2", await task);
    }

    [Fact]
    public async Task Recursion_through_library_closures_does_not_overflow_the_stack()
    {
        // A script's pieces run one at a time, which is its host's to see to: a deep call goes on from a stack of its own when the one before has let go.
        using var pieces = new OneAtATime();
        var run = new ScriptRun();
        var task = pieces.Start(() => run.Start("def down(n) { n == 0 ? 'bottom' : [n].collect { down(it - 1) }[0] }; down(1500)"));

        Assert.Equal("bottom", await task);
    }

    [Fact]
    public void A_step_that_waits_inside_toString_is_refused_clearly()
    {
        var run = new ScriptRun();
        run.Functions["step"] = _ => new ValueTask<object?>(new TaskCompletionSource<object?>().Task);

        var thrown = Assert.Throws<GroovyException>(() => run.Run("def s = \"${ -> step() }\"; s.toString()"));

        Assert.Contains("cannot be used in toString()", thrown.Value.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_context_holds_for_all_host_calls_inside_and_ends_with_the_call()
    {
        var run = new ScriptRun();
        var seen = new List<object?>();
        run.Functions["see"] = call =>
        {
            seen.Add(call.Scope.Context);
            return ValueTask.FromResult<object?>(null);
        };
        run.Functions["within"] = async call => await call.Scope.Fiber.CallAsync(call.Positional[^1], [], call.Positional[0]);

        await run.Start("""
            see()
            within('a') {
                see()
                within('b') { see() }
                try { within('c') { see(); throw new Exception('x') } } catch (e) { }
                see()
            }
            see()
            """);

        Assert.Equal([null, "a", "b", "c", "a", null], seen);
    }

    [Fact]
    public async Task A_cancelled_run_ends_without_running_the_scripts_finally()
    {
        using var cancellation = new CancellationTokenSource();
        var run = new ScriptRun(new InterpreterOptions { CancellationToken = cancellation.Token });
        run.Functions["stop"] = _ =>
        {
            cancellation.Cancel();
            return ValueTask.FromResult<object?>(null);
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Start("try { stop(); while (true) { } } finally { println 'cleaned' }"));
        Assert.Equal("", run.Output);
    }
}
