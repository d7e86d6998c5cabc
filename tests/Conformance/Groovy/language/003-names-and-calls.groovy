println new File('/a/b/c.txt').name + ' ' + new File('/a/b/c.txt').parent + ' ' + new File('a', 'b') + ' ' + new File('x/').path
println evaluate('1 + 2')
zz = 5
println evaluate('zz * 2')
println new groovy.json.JsonOutput().toJson([1])
println binding.getVariable('zz')
def m = [:]
m['a.b'] = 1
println m.'a.b'
def key = 'dyn'
m."$key" = 2
println m."${key}"
println m."dyn"
def o = [run: { a -> "ran $a" }]
def meth = 'run'
println o."$meth"(1)
println "abc"."toUpperCase"()
println 'abc'."${'size'}"()
def list = [[1, 'a'], [2, 'b']]
list.each { n, s -> println "$n$s" }
list.eachWithIndex { it, i -> println "$it $i" }
def map = list.collectEntries { n, s -> [(s): n] }
println map
println (['x', 'y'].withIndex().collect { s, i -> "$s$i" })
def str = """\
  a
  b""".stripIndent(); println str
