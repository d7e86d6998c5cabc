using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model.Events;

namespace Slipway.Jenkinsfile.Scripted;

/// <summary>What a pipeline script can reach: steps, symbols, and the objects <c>env</c>, <c>params</c>, <c>currentBuild</c>, <c>scm</c>, <c>steps</c>.</summary>
internal sealed class PipelineScriptHost : IScriptHost
{
    private readonly StepTable _steps;
    private readonly RunProgram _program;
    private readonly IReadOnlyDictionary<string, Func<HostCall, Task<object?>>> _functions;
    private readonly EnvObject _env = new();
    private readonly CurrentBuildObject _currentBuild = new();
    private readonly StepsObject _stepsObject;

    /// <param name="functions">Functions beside the steps: <c>pipeline</c> of a Declarative script.</param>
    public PipelineScriptHost(StepTable steps, RunProgram program, IReadOnlyDictionary<string, Func<HostCall, Task<object?>>> functions)
    {
        _steps = steps;
        _program = program;
        _functions = functions;
        _stepsObject = new StepsObject(this);
    }

    public IEnumerable<string> FunctionNames => _steps.Names;

    public bool TryGetVariable(string name, HostScope scope, out object? value)
    {
        switch (name)
        {
            case "env":
                value = _env;
                return true;
            case "params":
                value = ParamsObject.Create(StepContext.Of(scope));
                return true;
            case "currentBuild":
                value = _currentBuild;
                return true;
            case "steps":
                value = _stepsObject;
                return true;
            case "scm":
                value = _program.Scm is { } revision
                    ? new ScmObject(revision)
                    : throw Failures.Abort("‘checkout scm’ is only available when using “Multibranch Pipeline” or “Pipeline script from SCM”: this job's script is written in the job itself.");
                return true;
            case "docker":
                throw Failures.Unsupported("docker.image(…), docker.build(…) and the like are not supported yet. Run the docker program with sh.");
            default:
                // As in Jenkins, a bare name may be a variable of the environment: parameters are in it, and what lies over them wins.
                var context = StepContext.Of(scope);
                value = context.Run.Environment.Read(context, name) ?? context.Run.Parameters.Find(name)?.Value;
                return value is not null;
        }
    }

    public bool TrySetVariable(string name, object? value, HostScope scope) => false;

    public bool HasFunction(string name) => _functions.ContainsKey(name) || _steps.Find(name) is not null || SymbolCatalog.Find(name) is not null;

    public ValueTask<object?> InvokeAsync(HostCall call)
    {
        if (_functions.TryGetValue(call.Name, out var function))
        {
            return new ValueTask<object?>(function(call));
        }

        var context = StepContext.Of(call.Scope);
        if (_steps.Find(call.Name) is { } step)
        {
            return new ValueTask<object?>(ScriptSteps.CallAsync(context, step, call));
        }

        return SymbolCatalog.Find(call.Name) is { } symbol
            ? ValueTask.FromResult<object?>(SymbolValue.Create(symbol, call.Positional, call.Named))
            : throw MissingFunction(call.Name);
    }

    public GroovyException MissingFunction(string name) => StepRunner.NoSuchStep(name, _steps.Names, SymbolCatalog.All.Select(s => s.Name));

    public void Print(string text, HostScope scope)
    {
        var context = StepContext.Of(scope);
        context.Run.Console.Write(context, text);
    }

    /// <summary><c>steps</c>: the steps as methods of an object, for classes that get it handed.</summary>
    private sealed class StepsObject(PipelineScriptHost host) : IHostObject
    {
        public string TypeName => "org.jenkinsci.plugins.workflow.cps.DSL";

        public bool TryGetProperty(string name, HostScope scope, out object? value) => host.TryGetVariable(name, scope, out value);

        public bool TrySetProperty(string name, object? value, HostScope scope) => false;

        public bool HasMethod(string name) => host.HasFunction(name);

        public ValueTask<object?> InvokeMethodAsync(HostCall call) => host.InvokeAsync(call);
    }
}
