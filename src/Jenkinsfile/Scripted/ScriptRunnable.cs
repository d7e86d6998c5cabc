using System.Text;
using Slipway.Groovy.Compilation;
using Slipway.Groovy.Runtime;
using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Execution;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Lint;

namespace Slipway.Jenkinsfile.Scripted;

/// <summary>Runs a Jenkinsfile: checks it whole, lowers its Declarative parts to calls, and lets the interpreter run it.</summary>
internal sealed class ScriptRunnable : IRunnable
{
    private readonly RunServices _services;
    private readonly Dictionary<string, Func<HostCall, Task<object?>>> _functions = new(StringComparer.Ordinal);
    private readonly Interpreter _interpreter;
    private CompiledScript? _main;

    public ScriptRunnable(RunServices services)
    {
        _services = services;
        var options = services.Options;
        _interpreter = new Interpreter(
            new PipelineScriptHost(services.Steps, services.Program, _functions),
            new InterpreterOptions
            {
                Limits = new Limits
                {
                    Instructions = options.MaxInstructions,
                    CallDepth = options.MaxCallDepth,
                    Memory = options.MaxMemory,
                    Computation = options.MaxComputation,
                },
                Effects = new JournaledEffects(options.Time.LocalTimeZone),
                ThrowableClasses = Failures.Classes,

                // Jenkins asks the binding, which then names itself.
                VariablesClass = "groovy.lang.Binding",
                Checkpoint = services.Checkpoint,
            });
    }

    public Fiber NewFiber() => _interpreter.NewFiber();

    public string? Check()
    {
        var program = _services.Program;
        if (program.Script.Length > _services.Options.MaxScript)
        {
            return $"ERROR: {program.ScriptPath} has {program.Script.Length} characters; at most {_services.Options.MaxScript} are allowed. Move data out of the script into files of the repository.";
        }

        var source = new SourceText(program.ScriptPath, program.Script);
        var reading = PipelineLinter.Read(source);
        if (!reading.IsValid)
        {
            return Render(reading.Diagnostics);
        }

        var lowered = LoweredScript.Of(reading.Declarative!);
        _main = ScriptCompiler.Compile(lowered.Script);
        if (_main.Diagnostics.Any(d => d.Severity == DiagnosticSeverity.Error))
        {
            return Render(_main.Diagnostics);
        }

        if (lowered.Pipelines.Count > 0)
        {
            var pipeline = new DeclarativeFunction(lowered);
            _functions[LoweredScript.Function] = call =>
                pipeline.InvokeAsync(StepContext.Of(call.Scope), (int)call.Positional[0]!, [.. call.Positional.Skip(1).Cast<Closure>().Select(ScriptSteps.BlockOf)]);
        }

        foreach (var warning in reading.Diagnostics)
        {
            _services.Console.Write(null, warning.Render());
        }

        return null;
    }

    public Task RunAsync(StepContext context) => RunAsync(_interpreter.LoadScript(_main!), context);

    public async Task<object?> RunAsync(string path, string text, StepContext context)
    {
        var source = new SourceText(path, text);
        var reading = PipelineLinter.Read(source);
        var compiled = reading.IsValid ? ScriptCompiler.Compile(reading.Declarative!.Script) : null;
        var faults = (compiled?.Diagnostics ?? reading.Diagnostics).Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
        return faults.Count > 0
            ? throw Failures.Abort($"load: '{path}' has faults; nothing of it was run.\n{Render(faults)}")
            : await RunAsync(_interpreter.LoadScript(compiled!), context);
    }

    /// <summary>A script runs like a closure: on the fiber, and in the surroundings, of the context.</summary>
    private Task<object?> RunAsync(LoadedScript script, StepContext context) =>
        context.Fiber.CallAsync(new NativeClosure("run", 0, (fiber, _) => _interpreter.RunScriptAsync(fiber, script)), [], context).AsTask();

    public string Where(StepContext context) => context.Fiber.Places is [var place, ..] ? $"at {place}" : "there";

    /// <summary>Each fault with its line and a caret, and all of them as Jenkins says it, which is what tools look for in logs.</summary>
    private static string Render(IReadOnlyList<Diagnostic> diagnostics)
    {
        var text = new StringBuilder();
        foreach (var diagnostic in diagnostics)
        {
            text.Append(diagnostic.Render()).Append('\n');
        }

        return text.Append('\n').Append(CompilationErrors.Render(diagnostics)).ToString();
    }
}
