// maps
def m = [b: 2, a: 1, 'c d': 3, (1): 'one', ("k${1}".toString()): 'g']
println m
println m.b + m['a']
println m.get('zz')
println m.get('zz', 9)
println m
println m.getOrDefault('q', 'd')
println m.containsKey('a')
println m.containsValue(3)
println m.size()
println m.keySet()
println m.values()
println m.entrySet()
m.put('n', 5)
m.remove('b')
m.putAll([x: 1, y: 2])
m.putIfAbsent('x', 9)
println m
m << [w: 0]
m += [v: 1]
println m
println m - [w: 0]
println m.findAll { k, v -> v instanceof Integer && v > 1 }
println m.find { k, v -> v == 1 }
println m.find { it.value == 1 }.key
println m.any { k, v -> v == 5 }
println m.every { it.key }
println m.collect { "$it.key" }
println m.collectEntries { k, v -> [k.toString() * 2, v] }
println([b:2,a:1].sort())
println([b:1,a:2].sort { it.value })
println([b:2,a:1].sort { x, y -> x.key <=> y.key })
println([a:1,b:2,c:1].groupBy { it.value })
println([a:1,b:2].max { it.value }.key)
println([a:1,b:2].min { it.value })
println([a:1,b:2].count { it.value > 1 })
println([a:1,b:2,c:3].subMap(['a','c']))
println([a:[b:[c:1]]].a.b.c)
println([:].isEmpty())
println([a:1].with { a + 1 })
def d = [:].withDefault { k -> k * 2 }
println d['x']
println d
def dd = [:].withDefault { [] }
dd.a << 1
dd['a'] << 2
println dd
for (e in [a:1,b:2]) { print "${e.key}=${e.value};" }
println()
for (e in [a:1]) println e
[a:1].each { println it }
[a:1].each { e -> println "${e.key} ${e.value}" }
[a:1,b:2].eachWithIndex { e, i -> print "$i${e.key} " }
[a:1].eachWithIndex { k, v, i -> println "$k$v$i" }
println([a:1,b:2] == [b:2,a:1])
println([a:1].equals([a:1]))
println([a:1] as HashMap)
println new TreeMap([b:1,a:2])
println([a:1].getClass().name)
println([a:1].class)
println new HashMap().getClass()
println([a: null].a)
println([a:1].toString())
println([a:1].toMapString())
println([a:1].inspect())
println([1:'a'][1])
println([1:'a']['1'])
println([(1L): 'a'][1])
def nested = [list: [1,2,[x: 'y']], map: [k: [1]]]
println nested
println nested.list[2].x
nested.map.k << 2
println nested.map.k
nested.new = [z: 1]
nested['q'] = 'r'
println nested.new.z
println([a:1,b:2].keySet().collect { it.toUpperCase() })
println([a:1,b:2].values().sum())
println([a:1,b:2].entrySet().collect { it.key })
println([a:3,b:1].sort { a, b -> a.value <=> b.value }.keySet())
println([a:1,b:2].collectMany { k, v -> [k] * v })
println([a:1,b:2].inject([]) { r, e -> r << e.key })
def copy = [a:1].clone()
copy.b = 2
println copy
println([a:1].computeIfAbsent('z') { it + 1 })
def merged = [a:1]
merged.merge('a', 5) { o, n -> o + n }
println merged
println([a:1,b:2].findResult { k, v -> v == 2 ? k : null })
println([a:1,b:2,c:3].take(2))
println([a:1,b:2].drop(1))
println([a:1,b:2].any { it.value > 1 })
println([a:1].asImmutable())
try { [a:1].asImmutable().b = 1 } catch (e) { println e.class.name }
def mm = [a: { 'called' }, b: { x -> x * 2 }]
println mm.a()
println mm.b(4)
println mm.b.call(5)
println mm['b'](6)
println([*:[a:1], b:2])
println([a:1, *:[a:2]])
println([a:1].plus([b:2]))
println([a:1].minus([a:1]))
println([a:1,b:2].intersect([a:1,b:3]))
println([class: 'x'].class)
println([size: 9].size)
println([a:1].size())
println((([a:1,b:2] as TreeMap).firstKey()))
Map<String, Integer> tm = [:]
tm['q'] = 1
println tm
def k = 'dyn'
println([(k): 1])
println([k: 1])
println([("x$k"): 1].keySet().first().class.simpleName)
println([true: 1, null: 2])
println([a:1].getAt('a'))
println([a:1].a = 5)
def (q, w) = [1]
println "$q $w"
println([a:1,b:2]*.value)
println([a:1,b:2]*.key)
println([a:1].entrySet().first().value)
def en = [z:26].entrySet().iterator().next()
println en.key + en.value
println([b:1,a:2].toSorted { it.key })
println([a:1].containsKey('A'))
println([a:[1,2],b:[3]].collectEntries { kk, v -> [kk, v.sum()] })
println([x:1].each { kk, v -> }.x)
println([[k:1],[k:2]].collectEntries { [it.k, it] })
