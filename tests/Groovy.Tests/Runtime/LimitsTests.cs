using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Tests.Runtime;

public sealed class LimitsTests
{
    [Fact]
    public async Task An_interrupt_reaches_an_endless_loop_and_runs_its_finally()
    {
        var run = new ScriptRun();
        var fiber = run.Interpreter.NewFiber();
        var started = new TaskCompletionSource();
        run.Functions["started"] = _ =>
        {
            started.SetResult();
            return ValueTask.FromResult<object?>(null);
        };

        var task = Task.Run(() => run.Start(fiber, "try { started(); while (true) { } } finally { println 'cleaned' }"));
        await started.Task;
        fiber.Interrupt(Interpreter.NewException(ThrowableClass.Find("java.lang.InterruptedException")!, "aborted"));

        var thrown = await Assert.ThrowsAsync<GroovyException>(() => task);
        Assert.Equal("aborted", thrown.Value.Message);
        Assert.Equal("cleaned\n", run.Output);
    }

    [Fact]
    public async Task An_interrupt_of_a_waiting_fiber_comes_when_the_host_call_is_back()
    {
        var run = new ScriptRun();
        var source = new TaskCompletionSource<object?>();
        run.Functions["step"] = _ => new ValueTask<object?>(source.Task);
        var fiber = run.Interpreter.NewFiber();

        var task = run.Start(fiber, "step(); println 'went on'");
        fiber.Interrupt(Interpreter.NewException(ThrowableClass.Find("java.lang.InterruptedException")!, "aborted"));
        source.SetResult(null);

        await Assert.ThrowsAsync<GroovyException>(() => task);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public void Endless_recursion_is_a_StackOverflowError_that_the_script_can_catch()
    {
        Assert.Equal("caught", ScriptRun.Evaluate("def f() { f() }; try { f() } catch (StackOverflowError e) { 'caught' }"));
    }

    [Fact]
    public void Too_many_instructions_end_the_run_past_any_catch_clause()
    {
        var options = new InterpreterOptions { Limits = new Limits { Instructions = 100_000 } };
        var run = new ScriptRun(options);

        var thrown = Assert.Throws<GroovyException>(() => run.Run("try { while (true) { } } catch (Throwable t) { println 'caught' } finally { println 'finally' }"));

        Assert.True(thrown.Value.IsUncatchable);
        Assert.Contains("100000 instructions", thrown.Value.Message, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    [Theory]
    [InlineData("def l = []; while (true) { l << 'x' * 1000 + l.size() }")]
    [InlineData("def s = 'x'; while (true) { s += s }")]
    [InlineData("def m = [:]; def i = 0; while (true) { m[i++] = 'value ' + i }")]
    [InlineData("'x' * 2000000000")]
    [InlineData("(1..2000000000).toList()")]
    [InlineData("def b = new StringBuilder(); while (true) { b << 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' }")]
    [InlineData("'x'.padLeft(2000000000)")]
    [InlineData("(1..100000000).collect { 'x' * 1000 + it }")]
    [InlineData("(1..100000000).collectEntries { [it, 'x' * 100 + it] }")]
    [InlineData("(1..100000000).groupBy { 'x' * 100 + it }")]
    [InlineData("(1..100000000).inject([]) { l, i -> l << 'x' * 1000 + i }")]
    [InlineData("(1..12).toList().permutations()")]
    [InlineData("(1..40).toList().subsequences()")]
    [InlineData("((1..100).collect { (1..100).toList() }).combinations()")]
    [InlineData("class T { String toString() { def l = []; while (true) { l << 'x' * 1000 + l.size() } } }; \"${new T()}\".size()")]
    [InlineData("def l = [1]; while (true) { l = l + l }")]
    public void Memory_is_limited(string script)
    {
        var options = new InterpreterOptions { Limits = new Limits { Memory = 64 * 1024 * 1024, Computation = TimeSpan.FromMinutes(1) } };

        var thrown = ScriptRun.Fails(script, options);

        Assert.True(thrown.Value.IsUncatchable || thrown.Value.Class.Name == "java.lang.OutOfMemoryError", thrown.Value.ToString());
    }

    [Fact]
    public void Garbage_does_not_count_against_the_memory_limit()
    {
        var options = new InterpreterOptions { Limits = new Limits { Memory = 16 * 1024 * 1024 } };
        var run = new ScriptRun(options);

        Assert.Equal(1000, run.Run("def n = 0; 1000.times { def s = 'x' * 100_000; n += s.size() / 100_000 }; n as int"));
    }

    [Fact]
    public void Computing_too_long_without_a_step_ends_the_run()
    {
        var options = new InterpreterOptions { Limits = new Limits { Computation = TimeSpan.FromMilliseconds(50) } };

        Assert.Contains("without running a step", ScriptRun.Fails("while (true) { }", options).Value.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_regular_expression_that_explodes_is_stopped()
    {
        var options = new InterpreterOptions { Limits = new Limits { RegexMatch = TimeSpan.FromMilliseconds(100) } };

        Assert.Contains("regular expression", ScriptRun.Fails("('a' * 40 + 'b') ==~ /(a+)+c/", options).Value.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("l == [l]")]
    [InlineData("l.equals([l])")]
    [InlineData("l.hashCode()")]
    [InlineData("l.toString()")]
    [InlineData("l.inspect()")]
    [InlineData("l.flatten()")]
    [InlineData("[(l): 1]")]
    [InlineData("groovy.json.JsonOutput.toJson(l)")]
    [InlineData("def t = null; 100000.times { t = new T(t: t) }; t.toString()")]
    [InlineData("def c = { 1 }; 100000.times { c = c.curry() }; c()")]
    [InlineData("def g = 'x'; 100000.times { g = \"${g}y\" }; g.size()")]
    [InlineData("def f = { it }; 20000.times { f = f >> { it } }; f(1)")]
    [InlineData("def r; r = { n -> [n].each { r(n + 1) } }; r(0)")]
    [InlineData("def r; r = { n -> [2, 1].sort { a, b -> r(n + 1) } }; r(0)")]
    public async Task What_is_nested_too_deeply_is_a_StackOverflowError_and_nothing_worse(string script)
    {
        // As small as the stack of a thread of the pool.
        using var pieces = new OneAtATime(1536 * 1024);
        var run = new ScriptRun();

        var result = await pieces.Start(() => run.Start("class T { def t; String toString() { \"T$t\" } }; def l = []; 100000.times { l = [l] }; try { " + script + "; 'through' } catch (StackOverflowError e) { 'stopped' }"));

        Assert.Equal("stopped", result);
    }

    [Theory]
    [InlineData("System.exit(1)", "java.lang.SecurityException")]
    [InlineData("System.getenv('PATH')", "java.lang.SecurityException")]
    [InlineData("Thread.start { }", "java.lang.SecurityException")]
    [InlineData("new URL('http://localhost').text", "java.lang.SecurityException")]
    [InlineData("new File('/etc/passwd').text", "java.lang.SecurityException")]
    [InlineData("Class.forName('java.lang.Runtime')", "groovy.lang.MissingMethodException")]
    [InlineData("''.class.classLoader", "groovy.lang.MissingPropertyException")]
    [InlineData("Runtime.getRuntime()", "groovy.lang.MissingPropertyException")]
    [InlineData("''.class.getMethods()", "groovy.lang.MissingMethodException")]
    [InlineData("'ls'.execute()", "groovy.lang.MissingMethodException")]
    [InlineData("this.class.protectionDomain", "groovy.lang.MissingPropertyException")]
    public void What_lies_outside_cannot_be_reached(string script, string expected)
    {
        Assert.Equal(expected, ScriptRun.Fails(script).Value.Class.Name);
    }

    [Fact]
    public void Iteration_order_and_identity_are_the_same_in_every_run()
    {
        const string Script = "def o = new Object(); [o.toString(), new HashMap([z: 1, a: 2]).toString(), (['q', 'b', 'x'] as HashSet).toString(), { }.toString()].join(' ')";

        Assert.Equal(ScriptRun.Evaluate(Script), ScriptRun.Evaluate(Script));
    }

    [Fact]
    public void A_waiting_run_takes_little_memory()
    {
        var run = new ScriptRun();
        run.Functions["step"] = _ => new ValueTask<object?>(new TaskCompletionSource<object?>().Task);
        var script = ScriptRun.Compile("def stages = ['build', 'test', 'deploy']; stages.each { s -> [1, 2].each { n -> step(name: s, part: n) } }");
        // The first run makes what all share.
        _ = run.Interpreter.RunScriptAsync(run.Interpreter.NewFiber(), run.Interpreter.LoadScript(script)).AsTask();
        const int Runs = 100;
        var held = new List<object>();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < Runs; i++)
        {
            var one = new ScriptRun();
            one.Functions["step"] = _ => new ValueTask<object?>(new TaskCompletionSource<object?>().Task);
            held.Add(one);
            held.Add(one.Interpreter.RunScriptAsync(one.Interpreter.NewFiber(), one.Interpreter.LoadScript(script)).AsTask());
        }

        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Runs;
        GC.KeepAlive(held);
        // Below zero when the collector took more than was added meanwhile.
        Assert.True(each <= 100 * 1024, $"{each} bytes for each");
    }
}
