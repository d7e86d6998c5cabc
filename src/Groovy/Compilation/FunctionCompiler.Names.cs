using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Compilation;

// What names and dotted names mean.
internal sealed partial class FunctionCompiler
{
    private void Name(NameExpression name)
    {
        switch (name.Name)
        {
            case "this" or "super":
                _emit.Emit(Op.LoadThis, name.Span);
                return;
        }

        if (FindVariable(name.Name) is { } variable)
        {
            Load(variable, name.Span);
        }
        else if (_kind == FunctionKind.Fragment && _context.TopLevelNames.Contains(name.Name) || IsTopLevelFromFragment(name.Name))
        {
            _emit.Emit(Op.LoadTopLevel, name.Span, _emit.Constant(name.Name));
        }
        else if (IsOwnField(name.Name))
        {
            _emit.Emit(Op.LoadThis, name.Span);
            _emit.Emit(Op.GetField, name.Span, _emit.Constant(name.Name));
        }
        else if (_context.TryStaticImport(name.Name, out var imported) && _context.TryClass(imported.Class, name.Span) is { } owner)
        {
            _emit.Emit(Op.LoadClass, name.Span, _emit.Constant(owner));
            _emit.Emit(Op.GetProperty, name.Span, _emit.Constant(imported.Member));
        }
        else
        {
            var fallback = _context.TryClass(name.Name, name.Span);
            if (fallback is not null && (_class?.Node is not null || fallback.Builtin is null && fallback.Candidates.Length == 1 && _context.ScriptClassName != fallback.Candidates[0]))
            {
                _emit.Emit(Op.LoadClass, name.Span, _emit.Constant(fallback));
                return;
            }

            _emit.Emit(Op.LoadName, name.Span, _emit.Constant(name.Name), fallback is null ? -1 : _emit.Constant(fallback));
        }

        Record(name.Span.Start, name.Span);
    }

    // Closures inside a fragment see the script's shared variables too.
    private bool IsTopLevelFromFragment(string name)
    {
        for (var at = this; at is not null; at = at._parent)
        {
            if (at._kind == FunctionKind.Fragment)
            {
                return _context.TopLevelNames.Contains(name);
            }
        }

        return false;
    }

    // Inside its own class a field is read and written past any getter or setter; in a closure the name goes through the closure's owner.
    private bool IsOwnField(string name) => _kind is FunctionKind.Method or FunctionKind.Constructor or FunctionKind.Initializer
        && _class?.Node is { } node && node.Fields.Any(f => f.Name == name);

    private void StoreName(NameExpression name, Span span)
    {
        if (FindVariable(name.Name) is { } variable)
        {
            CastTo(variable.Type, span);
            Store(variable, span);
        }
        else if (IsTopLevelFromFragment(name.Name))
        {
            _emit.Emit(Op.StoreTopLevel, span, _emit.Constant(name.Name));
        }
        else if (IsOwnField(name.Name))
        {
            _emit.Emit(Op.LoadThis, span);
            _emit.Emit(Op.Swap, span);
            _emit.Emit(Op.SetField, span, _emit.Constant(name.Name));
        }
        else
        {
            _emit.Emit(Op.StoreName, span, _emit.Constant(name.Name));
        }
    }

    private void Property(PropertyExpression property)
    {
        if (property is { IsSafe: false, IsSpread: false, IsField: false } && ClassNamed(property) is { } type)
        {
            _emit.Emit(Op.LoadClass, property.Span, _emit.Constant(type));
            return;
        }

        var name = (property.Name as LiteralExpression)?.Value as string;
        if (property.Target is NameExpression { Name: "super" } && name is not null)
        {
            _emit.Emit(Op.GetSuperProperty, property.Span, _emit.Constant(name));
            return;
        }

        if (name is "this" or "super" && property.Target is NameExpression)
        {
            // Outer.this
            Value(property.Target);
            _emit.Emit(Op.GetProperty, property.Span, _emit.Constant("this"));
            return;
        }

        Value(property.Target);
        var end = new Label();
        if (property.IsSafe)
        {
            _emit.EmitJump(Op.JumpIfNullKeep, property.Span, end);
        }

        if (property.IsSpread)
        {
            Value(property.Name);
            _emit.Emit(Op.SpreadProperty, property.Span);
        }
        else if (name is not null && IsFieldAccess(property, name))
        {
            _emit.Emit(Op.GetField, property.Span, _emit.Constant(name));
        }
        else if (name is not null)
        {
            _emit.Emit(Op.GetProperty, property.Span, _emit.Constant(name));
        }
        else
        {
            Value(property.Name);
            _emit.Emit(Op.GetNamedProperty, property.Span);
        }

        _emit.Mark(end);
        Record(property.Name.Span.Start, property.Span);
    }

    // this.x means the field itself where the class declares it, as the bare name does.
    private bool IsFieldAccess(PropertyExpression property, string name) => property.IsField || (property.Target is NameExpression { Name: "this" } && IsOwnField(name));

    /// <summary>A dotted name that is a class: <c>java.util.UUID</c>, <c>Outer.Inner</c>, <c>String.class</c>.</summary>
    private TypeRef? ClassNamed(PropertyExpression property)
    {
        if (property.Name is not LiteralExpression { Value: string last })
        {
            return null;
        }

        if (last == "class" && property.Target is NameExpression or PropertyExpression or TypeExpression)
        {
            return property.Target switch
            {
                NameExpression plain when FindVariable(plain.Name) is null && plain.Name is not ("this" or "super") => _context.TryClass(plain.Name, property.Span),
                PropertyExpression inner => ClassNamed(inner),
                _ => null,
            };
        }

        var dotted = Dotted(property);
        return dotted is not null && FindVariable(dotted[..dotted.IndexOf('.', StringComparison.Ordinal)]) is null ? _context.TryClass(dotted, property.Span) : null;
    }

    private static string? Dotted(Expression expression) => expression switch
    {
        NameExpression { Name: not ("this" or "super") } name => name.Name,
        PropertyExpression { IsSafe: false, IsSpread: false, IsField: false, Name: LiteralExpression { Value: string last } } property when Dotted(property.Target) is { } head => head + "." + last,
        _ => null,
    };

    private void IndexValue(IndexExpression index)
    {
        if (index.Indexes is [not SpreadExpression])
        {
            Value(index.Indexes[0]);
        }
        else
        {
            List(index.Indexes, index.Span);
        }
    }
}
